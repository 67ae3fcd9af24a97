"""A job ends with its workflow, and a damaged file makes way for a new one."""

import os
import signal
import subprocess
import sys
import time

import pandas as pd

from lso.storage import write_table

THIS = {"LSO_WORKFLOW": str(os.getpid())}


def _script(folder, code, **environment):
    code = f"import time\nfrom lso.job import begin\nfrom lso.storage import read_table\n{code}"
    return subprocess.Popen([sys.executable, "-c", code], cwd=folder, env=os.environ | environment)


def test_a_job_ends_with_its_workflow(tmp_path):
    workflow = subprocess.Popen(["sleep", "60"])
    job = _script(tmp_path, "begin('log'); time.sleep(60)", LSO_WORKFLOW=str(workflow.pid))
    while not (tmp_path / "log").exists():
        time.sleep(0.02)
    workflow.kill()
    workflow.wait()
    assert job.wait(10) == -signal.SIGTERM
    assert f"process {workflow.pid}, has ended" in (tmp_path / "log").read_text()


def test_damaged_files_are_put_aside_and_missing_ones_named(tmp_path):
    path = tmp_path / "f.parquet"
    write_table(path, pd.DataFrame({"y": range(1000)}))
    path.write_bytes(path.read_bytes()[:500])
    assert _script(tmp_path, "begin('log'); read_table('f.parquet')", **THIS).wait(20) == 1
    assert sorted(os.listdir(tmp_path)) == ["f.parquet.damaged", "log"]
    log = (tmp_path / "log").read_text()
    assert "f.parquet put aside as f.parquet.damaged" in log
    assert "DamagedFile: cannot read f.parquet" in log
    assert _script(tmp_path, "begin('log'); read_table('f.parquet')").wait() == 1
    assert "put aside" not in (tmp_path / "log").read_text()
