"""Every signature's shapes are checked at run time in all tests; `make test` uses all cores."""

import pytest
from jaxtyping import install_import_hook

install_import_hook("lso", "beartype.beartype")


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items):
    """Keep the tests of a file, and all with the smoke study, in one process; longest first."""
    for item in items:
        group = "smoke" if "smoke" in item.fixturenames else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: "workflow" not in item.path.parts)
