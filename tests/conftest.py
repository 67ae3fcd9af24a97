"""Every signature's shapes are checked at run time in all tests."""

from jaxtyping import install_import_hook

install_import_hook("lso", "beartype.beartype")
