"""A download goes on where it stopped, and is never put together of two files."""

import pytest
import requests

from digitlib.training import download as module
from digitlib.training.download import download
from tests.training import source as made_up

CONTENT = bytes(range(256)) * 10


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(module, "BLOCK", 100)
    server = made_up.Server()
    server.files["big"] = CONTENT
    yield server
    server.close()


def fetch(server, tmp_path, name="big"):
    target = tmp_path / name
    download(f"{server.url}/{name}", target, "Big")
    assert [path.name for path in tmp_path.iterdir()] == [name]
    return target.read_bytes()


def interrupt(server, tmp_path):
    """Break a download twice at the same place, so that it is given up."""
    server.breaks_after = [1000, 0]
    with pytest.raises(requests.RequestException):
        download(f"{server.url}/big", tmp_path / "big", "Big")
    assert (tmp_path / "big.part").read_bytes() == CONTENT[:1000]
    server.asked.clear()


def test_progress_is_shown(server, tmp_path, capsys):
    assert fetch(server, tmp_path) == CONTENT
    assert "Big: 100%" in capsys.readouterr().err


def test_later_try_goes_on(server, tmp_path):
    interrupt(server, tmp_path)
    assert fetch(server, tmp_path) == CONTENT
    assert server.asked == [("big", "bytes=1000-")]


def test_another_version_is_begun_anew(server, tmp_path):
    interrupt(server, tmp_path)
    server.etag, server.files["big"] = '"packed anew"', CONTENT[::-1]
    assert fetch(server, tmp_path) == CONTENT[::-1]


@pytest.mark.parametrize("etag", ['W/"about the same"', ""])
def test_without_a_precise_version_it_is_begun_anew(server, tmp_path, etag):
    server.etag, server.breaks_after = etag, [1000]
    assert fetch(server, tmp_path) == CONTENT
    assert server.asked == [("big", None)] * 2


def test_part_that_was_whole_already_is_begun_anew(server, tmp_path):
    (tmp_path / "big.part").write_bytes(CONTENT)
    (tmp_path / "big.part.etag").write_text(server.etag)
    assert fetch(server, tmp_path) == CONTENT


def test_missing_file_and_missing_server_are_told(server, tmp_path):
    for url in (f"{server.url}/nothing", "http://127.0.0.1:9/big"):
        with pytest.raises(requests.RequestException):
            download(url, tmp_path / "nothing", "Nothing")
    assert issubclass(requests.RequestException, OSError)
    assert not (tmp_path / "nothing").exists()
