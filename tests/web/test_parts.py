"""Every part of the page is named, and no other archive is taken in its place."""

import io
import re
import tarfile
import zipfile
from dataclasses import replace
from hashlib import sha256

import pytest

from digitlib.errors import DataError
from digitlib.web import parts
from digitlib.web.parts import NotHereError, Part, find, gather, read_parts, trim


def archive(**files):
    """A gzipped tar as npm has them."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text))
    return content.getvalue()


@pytest.fixture
def folder(tmp_path):
    content = archive(a=b"first", b=b"second")
    (tmp_path / "thing-1.tgz").write_bytes(content)
    return tmp_path


@pytest.fixture
def part(folder):
    return Part(
        name="thing",
        version="1",
        licence="MIT",
        address="https://example.invalid/thing-1.tgz",
        sha256=sha256((folder / "thing-1.tgz").read_bytes()).hexdigest(),
        files={"package/a": "a.js"},
    )


def test_every_part_is_pinned_and_public():
    listed = read_parts()
    assert len({part.name for part in listed}) == len(listed) >= 5
    hosts = {re.match(r"https://([^/]+)/", part.address)[1] for part in listed}
    assert hosts == {"registry.npmjs.org", "cdn.jsdelivr.net"}
    for part in listed:
        assert re.fullmatch(r"[0-9a-f]{64}", part.sha256)
        assert part.version in part.archive
        assert part.licence
        assert not part.npm or part.npm.endswith(f"@{part.version}")


def test_only_the_files_that_are_named_are_taken(part, folder):
    assert gather(part, folder) == {"a.js": b"first"}


def test_another_archive_is_not_taken_for_a_missing_one(part, folder):
    """Only what is missing may keep the tests of the page from running."""
    (folder / "thing-1.tgz").write_bytes(b"evil")
    with pytest.raises(DataError) as raised:
        find(part, folder)
    assert not isinstance(raised.value, NotHereError)


def test_another_archive_of_the_same_name_is_refused(part, folder):
    (folder / "thing-1.tgz").write_bytes(archive(a=b"evil"))
    with pytest.raises(DataError, match=r"not thing 1 \(its checksum is another\)"):
        gather(part, folder)


def test_what_npm_brings_is_checked_and_kept(part, folder, tmp_path, monkeypatch):
    fetched = []

    def fetch(part, place):
        fetched.append(part.name)
        return (folder / "thing-1.tgz").rename(place / "other.tgz")

    monkeypatch.setattr(parts, "_fetch", fetch)
    kept = tmp_path / "kept"
    path = find(part, None, kept)
    assert path == find(part, None, kept) == kept / "thing-1.tgz"
    assert fetched == ["thing"]


def test_what_npm_brings_may_not_be_another(part, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "_fetch", lambda *_: folder / "thing-1.tgz")
    wrong = replace(part, sha256="0" * 64)
    with pytest.raises(DataError, match="checksum"):
        find(wrong, None, tmp_path / "kept")
    assert not list((tmp_path / "kept").iterdir())


def test_without_a_network_it_says_what_to_download(part, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError("no network")

    monkeypatch.setattr("digitlib.training.download.download", fail)
    with pytest.raises(NotHereError, match=r"example.invalid.*--parts"):
        find(part, None, tmp_path / "kept")


def test_a_wheel_loses_what_no_browser_needs():
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w") as made:
        for name in ("np/a.py", "np/a.pyi", "np/tests/b.py", "np/c.so", "np/lib/d.a"):
            made.writestr(name, name)
    with zipfile.ZipFile(io.BytesIO(trim(wheel.getvalue()))) as trimmed:
        assert trimmed.namelist() == ["np/a.py", "np/c.so"]
        assert trimmed.read("np/c.so") == b"np/c.so"
