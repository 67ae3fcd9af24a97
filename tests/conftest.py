"""Every signature's shapes are checked at run time in all tests; `make test` uses all cores."""

import os
import sys
from pathlib import Path

from hypothesis import settings
from jaxtyping import install_import_hook

if "--benchmark-only" not in sys.argv:  # the checks cost up to half of what is timed
    install_import_hook("lso", "beartype.beartype")
# what a test starts in another process imports the same source
source = str(Path(__file__).resolve().parents[1] / "src")
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [source, os.getenv("PYTHONPATH")]))
settings.register_profile("quick", max_examples=30)
settings.register_profile("fuzz", max_examples=300)  # `make fuzz`
settings.load_profile("quick")


def pytest_collection_modifyitems(items):
    """Begin with the longest: a process works through the tests of a file."""
    first = ("test_smoke", "test_slurm", "test_reruns")  # the last waits for the study of the first
    place = {name: i for i, name in enumerate(first)}
    items.sort(
        key=lambda item: (place.get(item.path.stem, len(first)), "workflow" not in item.path.parts)
    )
