"""Every signature's shapes are checked at run time in all tests; `make test` uses all cores."""

from jaxtyping import install_import_hook

install_import_hook("lso", "beartype.beartype")


def pytest_collection_modifyitems(items):
    """Begin with the longest: a process works through the tests of a file."""
    items.sort(key=lambda item: (item.path.stem != "test_smoke", "workflow" not in item.path.parts))
