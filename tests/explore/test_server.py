"""The web server, as a process with a checkpoint, without a browser."""

import io
import json
import resource
import urllib.error
import urllib.request

import pyarrow.parquet as pq

from lso import history


def call(url: str, given: dict | None = None, **headers: str):
    """Status and content of an answer; `given` is posted as JSON."""
    data = None if given is None else json.dumps(given).encode()
    headers = ({"Content-Type": "application/json"} if given is not None else {}) | headers
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers)) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def page(running) -> dict:
    return json.loads(call(f"{running.url}/session")[1])


def test_frames_stream_and_actions_answer_with_the_page(running):
    before = page(running)
    lines = call(f"{running.url}/lines/{before['number']}/frames")[1].splitlines()
    assert "<svg" in json.loads(lines[0])["frames"]["50"]["drawing"]
    given = {"action": "next", "revision": before["revision"], "index": 90}
    status, content = call(f"{running.url}/actions", given)
    assert status == 200
    assert json.loads(content)["number"] == before["number"] + 1
    assert json.loads(content) == page(running)


def test_what_is_wrong_is_told(running):
    url = f"{running.url}/actions"
    assert call(url, {"action": "next", "revision": -1, "index": 3})[0] == 409
    for wrong in ({}, [], {"action": "dance", "revision": page(running)["revision"]}):
        status, content = call(url, wrong)
        assert status == 422
        assert json.loads(content)["error"]
    assert call(f"{running.url}/lines/999/frames")[0] == 404
    assert call(f"{running.url}/static/../server.py")[0] == 404


def test_other_sites_are_refused(running):
    given = {"action": "undo", "revision": 0}
    assert call(f"{running.url}/actions", given, **{"Content-Type": "text/plain"})[0] == 415
    assert call(f"{running.url}/session", Host="evil.example")[0] == 400


def test_export_is_a_history(running):
    content = call(f"{running.url}/history.parquet")[1]
    table = pq.read_table(io.BytesIO(content))
    assert history.metadata(table)["method"] == "explored"
    assert len(table) == page(running)["choices"] + 1


def test_bad_starts_end_with_one_clear_line(running, started, tmp_path):
    (tmp_path / "text").write_text("no checkpoint")
    for words, message in [
        ([tmp_path / "text"], "cannot read checkpoint"),
        ([tmp_path / "missing"], "cannot read checkpoint"),
        ([running.checkpoint, "prot=1"], "no setting 'prot'; known: host, port"),
        ([running.checkpoint, "port"], "expected setting=value, came 'port'"),
        ([running.checkpoint, "port=0"], "in use by another process"),
    ]:
        process = started(*words)
        _, said = process.communicate(timeout=120)
        assert process.returncode == 1
        assert message in said
        assert "Traceback" not in said


def test_start_costs_at_most_five_seconds_of_a_core(started, tmp_path, running):
    """The wall clock of a busy machine says nothing; the first frame must be there, too."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = started(running.checkpoint, "port=0", f"session={tmp_path / 's.session'}")
    line = process.stderr.readline()
    url = line.split()[2]
    with urllib.request.urlopen(f"{url}/lines/0/frames") as answer:
        assert b"<svg" in answer.readline()
    process.terminate()
    process.wait(10)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert spent < 5
