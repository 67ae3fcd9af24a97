"""`make fuzz` knows every objective and says what became of every object."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_small_run_counts_every_object_of_every_objective():
    command = [sys.executable, str(Path(__file__).with_name("decoded_objects.py")), "40"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    _, _, *rows, distinct = result.stdout.splitlines()
    assert distinct.endswith("images were distinct.")
    names = {path.stem for path in (ROOT / "src/lso/objectives").glob("[!_]*.py")}
    script = Path(command[1]).read_text()
    assert all(f"from lso.objectives.{name} import" in script for name in names)
    for row in rows:
        _, _, objects, *counts, _, _ = (cell.strip() for cell in row.split("|"))
        valid, refused, infinite, timed_out, died = map(int, counts)
        assert valid + refused == int(objects) == 40
        assert 0 < valid
        assert infinite == timed_out == died == 0
