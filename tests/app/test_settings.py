"""Every setting of README, with every way to serve."""

import json
import re
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from digitlib.reading import ink
from tests import filing
from tests.app.test_serving import (
    COMMANDS,
    HOST,
    ROOT,
    server,
    skip_where_it_does_not_run,
)
from tests.conftest import SEVEN
from tests.launching import PATIENCE, child_with
from tests.sending import ONE_PNG, SEVEN_PNG, file_header, form

ALL = {
    "model": "lenet",
    "DIGITLIB_MODEL": "lenet",
    "DIGITLIB_TRUSTED_HOSTS": f'["digits.example", "{HOST}"]',
    "DIGITLIB_RATELIMIT_DEFAULT": "4 per hour",
    "DIGITLIB_PROXIES": "1",
    "DIGITLIB_MAX_CONTENT_LENGTH": "100000",
    "DIGITLIB_MAX_SECONDS": "0",
    "DIGITLIB_COLLECT_KEY": "null",
    "DIGITLIB_COLLECT_RATE": "1 per day",
    "WEB_CONCURRENCY": "1",
}
FEW = {
    "DIGITLIB_MAX_FILES": "2",
    "DIGITLIB_MAX_PAGES": "2",
    "DIGITLIB_READERS": "1",
    "WEB_CONCURRENCY": "1",
}
NOT_OF_A_SERVER = {
    "DIGITLIB_DATA",  # where the lessons look for MNIST
    "DIGITLIB_RATELIMIT_STORAGE_URI",  # Flask-Limiter's own, and it needs such a store
}


def test_every_setting_that_the_documents_name_is_tried_here():
    documents = [(ROOT / name).read_text() for name in ("README.md", "SECURITY.md")]
    named = set(re.findall(r"DIGITLIB_[A-Z_]+", " ".join(documents)))
    assert named - ALL.keys() - FEW.keys() - {"DIGITLIB_COLLECT"} == NOT_OF_A_SERVER


@pytest.fixture(scope="module", params=COMMANDS)
def served(request, tmp_path_factory):
    """A server with all settings: its port and its log."""
    skip_where_it_does_not_run(request.param)
    folder = tmp_path_factory.mktemp("served")
    path = folder / "instance" / "class.sqlite"
    with (
        (folder / "log").open("wb") as log,
        server(
            *COMMANDS[request.param], stderr=log, **ALL, DIGITLIB_COLLECT=str(path)
        ) as port,
    ):
        yield port, folder


@pytest.fixture
def ask(served, request):
    """Ask as a visitor of one's own: each has an address, as a proxy tells it."""
    port, _ = served
    own = f"192.0.2.{len(request.node.originalname)}"

    def ask(path="/", visitor=own, body=None, **headers):
        headers = {"X-Forwarded-For": visitor} | headers
        request = urllib.request.Request(f"http://{HOST}:{port}{path}", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    return ask


def send(ask, *pictures):
    sent = form(*[(file_header(b"a.png"), each) for each in pictures])
    kind = {"Content-Type": sent["content_type"]}
    return ask("/api/predict", body=sent["data"], **kind)


def give(ask, label):
    """Give a digit to the class set."""
    drawing = json.loads(ink.to_json(SEVEN))
    given = {"label": label, "writer": "0" * 32, "style": "mouse", "drawing": drawing}
    kind = {"Content-Type": "application/json"}
    return ask("/api/class/digits", body=json.dumps(given).encode(), **kind)


def test_model(ask):
    assert json.loads(ask("/api/model")[1])["name"] == "lenet"


def test_trusted_hosts(ask):
    assert ask(Host="digits.example")[0] == 200
    assert ask(Host="evil.example")[0] == 400


def test_proxies_and_rate_limit(ask):
    """Behind a proxy each visitor has a limit of their own."""
    visitors = [ask("/help", visitor=f"198.51.100.{i}")[0] for i in range(6)]
    assert visitors == [200] * 6
    one = [ask("/help", visitor="198.51.100.0")[0] for _ in range(5)]
    assert one == [200, 200, 200, 429, 429]


def test_max_content_length(ask):
    assert send(ask, bytes(200_000))[0] == 413


def test_max_seconds(ask):
    status, text = send(ask, SEVEN_PNG, ONE_PNG)
    results = json.loads(text)["results"]
    assert (status, results[0]["text"]) == (200, "7")
    assert "took too long" in results[1]["error"]["message"]


def test_collect_key_is_taken_as_it_is(ask, served):
    assert ask("/class?key=None")[0] == 404
    assert ask("/class?key=null")[0] == 200
    _, folder = served
    log = (folder / "log").read_text()
    assert "GET /class" in log
    assert "key=" not in log
    assert "127.0.0.1 -" not in log


def test_collect_rate(ask):
    assert [give(ask, label)[0] for label in (7, 7)] == [200, 429]


def test_class_set_can_be_read_by_its_owner_only(served):
    _, folder = served
    modes = [each.stat().st_mode for each in (folder / "instance").iterdir()]
    assert modes
    assert not any(mode & 0o077 for mode in modes)
    assert not (folder / "instance").stat().st_mode & 0o077


@pytest.mark.parametrize("name", COMMANDS)
def test_few_files_pages_and_readers(name, seven, one):
    skip_where_it_does_not_run(name)
    with (
        server(*COMMANDS[name], **FEW) as port,
        httpx.Client(base_url=f"http://{HOST}:{port}", timeout=PATIENCE) as client,
        ThreadPoolExecutor() as pool,
    ):

        def send(*pictures):
            sent = [("image", ("a", each)) for each in pictures]
            return client.post("/api/predict", files=sent)

        assert send(*[SEVEN_PNG] * 3).status_code == 413
        results = send(filing.tiff(seven, one, seven)).json()["results"]
        assert [result.get("text") for result in results] == ["7", "1", None]
        assert "At most 2 pages" in results[2]["error"]["message"]
        list(pool.map(send, [SEVEN_PNG] * 8))
        main = child_with(str(port))
        running = [each.cmdline() for each in main.children(recursive=True)]
        decoders = [
            each for each in running if "digitlib.reading.picture_worker" in each
        ]
        assert len(decoders) == 1


@pytest.mark.parametrize("name", COMMANDS)
def test_forwarded_address_is_not_believed_without_a_proxy(name):
    skip_where_it_does_not_run(name)
    limit = {"DIGITLIB_RATELIMIT_DEFAULT": "2 per hour", "WEB_CONCURRENCY": "1"}
    with server(*COMMANDS[name], **limit) as port:
        statuses = []
        for i in range(3):
            request = urllib.request.Request(
                f"http://{HOST}:{port}/help",
                headers={"X-Forwarded-For": f"192.0.2.{i}"},
            )
            try:
                statuses.append(urllib.request.urlopen(request).status)
            except urllib.error.HTTPError as error:
                statuses.append(error.code)
    assert statuses == [200, 200, 429]
