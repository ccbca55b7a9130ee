"""The class set over HTTP: it exists only if configured, and stores only what it says.

The file itself is tested in classset/test_store.py, the pages in a browser in
browser/test_app_classset.py.
"""

import http.client
import io
import json
import logging
import re
import subprocess
import sys
import threading
import time
import zipfile
from contextlib import closing, suppress
from pathlib import Path

import msgspec
import numpy as np
import psutil
import pytest
from limits import parse_many

from app import create_app, schema
from digitlib.classset import Sample, Store, database, samples, store
from digitlib.classset.store import Counts
from digitlib.errors import DataError
from digitlib.reading import ink
from tests.app.test_serving import COMMANDS, server, skip_where_it_does_not_run
from tests.classset.test_store import content_of, reader
from tests.conftest import ONE, SEVEN
from tests.launching import HOST, PATIENCE, child_with
from tests.sending import assert_error, make_client, strict_json

ROOT = Path(__file__).parents[2]
KEY = "the presenter's key"
ANNA, BERT = "a" * 32, "b" * 32
KEEP, FORGET = "/api/class/digits", "/api/class/forget"


def digit(label=7, writer=ANNA, strokes=SEVEN, style="mouse", **drawing):
    """A digit as classset.js sends it."""
    drawing = json.loads(ink.to_json(strokes)) | drawing
    return {"label": label, "writer": writer, "style": style, "drawing": drawing}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "instance" / "class.sqlite"


@pytest.fixture
def client(path):
    client = make_client(COLLECT=str(path), COLLECT_KEY=KEY)
    yield client
    client.application.extensions["upkeep"].end()
    client.application.extensions["store"].close()


@pytest.fixture
def collected(client):
    return client.application.extensions["store"]


# --- Only if configured --------------------------------------------------------------


def test_nothing_of_it_exists_by_default():
    client = make_client()
    pages = ("/class", "/class/export", "/class/delete", "/class/delete-some")
    for url in (*pages, KEEP, FORGET):
        assert client.get(url).status_code == client.post(url).status_code == 404
    for url in ("/", "/help", "/api/docs", "/api/openapi.json", "/nothing"):
        page = client.get(url).text
        assert not re.search(r"class set|collect|[Aa]gree|/class|Writer", page)
    assert "store" not in client.application.extensions


def test_collecting_loads_nothing_heavy(path):
    heavy = {"tensorflow", "keras", "matplotlib", "sklearn", "scipy"}
    code = (
        f"import sys, app; app.create_app({{'COLLECT': {str(path)!r}}});"
        f"heavy = {heavy} & set(sys.modules); sys.exit(str(heavy) if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_file_that_cannot_be_used_keeps_the_app_from_starting(tmp_path):
    (tmp_path / "class.sqlite").write_text("something else" * 100)
    with pytest.raises(DataError, match="cannot be used"):
        create_app({"COLLECT": str(tmp_path / "class.sqlite")})


# --- Storing and deleting ------------------------------------------------------------


def test_digit_is_stored_as_sent_and_nothing_else(client, path, collected):
    sent = digit(name="Anna") | {"name": "Anna"}
    headers = {"User-Agent": "Anna's phone"}
    response = client.post(KEEP, json=sent, headers=headers)
    assert strict_json(response) == {"digits": 1}
    expected = Sample(tuple(map(tuple, SEVEN)), 7, ANNA, "mouse", ink.PEN_WIDTH)
    assert collected.all() == [expected]
    content = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert not re.search(rb"Anna|127\.0\.0\.1", content)


def test_forgetting_deletes_only_that_writers_digits(client, collected):
    for writer, label in ((ANNA, 7), (ANNA, 7), (BERT, 1)):
        client.post(KEEP, json=digit(label, writer))
    answers = [client.post(FORGET, json={"writer": ANNA}) for _ in range(2)]
    assert [strict_json(each) for each in answers] == [
        {"deleted": 2, "erased": True},
        {"deleted": 0, "erased": True},
    ]
    assert [each.writer for each in collected.all()] == [BERT]


def test_answer_says_whether_somebody_still_reads_what_was_deleted(
    client, path, collected, monkeypatch
):
    monkeypatch.setattr(database, "READERS_TIMEOUT", 0.01)
    client.post(KEEP, json=digit())
    with reader(path):
        answer = client.post(FORGET, json={"writer": ANNA})
        assert strict_json(answer) == {"deleted": 1, "erased": False}
        page = client.post("/class/delete", data={"key": KEY, "sure": "yes"}).text
        assert "overwritten within seconds" in page
        assert ANNA.encode() in content_of(collected)
    answer = client.post(FORGET, json={"writer": ANNA})
    assert strict_json(answer) == {"deleted": 0, "erased": True}
    assert ANNA.encode() not in content_of(collected)


BAD = [
    (b"", 400, "bad_json"),
    (b'{"label": 7', 400, "bad_json"),
    (b'{"label": "\xff"', 422, "wrong_json"),
    (b'{"more": ' + b"[" * 60_000, 400, "bad_json"),
    (json.dumps(digit() | {"writer": "\ud800"}).encode(), 400, "bad_json"),
    (json.dumps(digit(pen_width=float("nan"))).encode(), 400, "bad_json"),
    (b"null", 422, "wrong_json"),
    (b"[]", 422, "wrong_json"),
    (b'{"label": ' + b"7" * 5000 + b"}", 422, "wrong_json"),
    (digit(10), 422, "wrong_json"),
    (digit(-1), 422, "wrong_json"),
    (digit(True), 422, "wrong_json"),
    (digit("7"), 422, "wrong_json"),
    (digit(writer="Anna"), 422, "wrong_json"),
    (digit(writer=ANNA + "\n"), 422, "wrong_json"),
    (digit(style="Anna's iPhone"), 422, "wrong_json"),
    (digit(kind="another"), 422, "wrong_json"),
    (digit(pen_width=0), 422, "wrong_json"),
    (digit(pen_width=1e6), 422, "wrong_json"),
    (digit(strokes=[]), 422, "wrong_json"),
    (digit(strokes=[[]]), 422, "wrong_json"),
    (digit(strokes=[[(1e6, 1)]]), 422, "wrong_json"),
    (digit(strokes=[[(1000, 1000)]]), 422, "wrong_json"),  # off the pad: no ink
    (digit() | {"drawing": "text"}, 422, "wrong_json"),
    (b'{"label": 7}', 422, "wrong_json"),
    (digit(strokes=[[(100.5, 100.5)] * 8000]), 413, "too_large"),
]


@pytest.mark.parametrize(("sent", "status", "code"), BAD, ids=range(len(BAD)))
def test_bad_input_is_reported_and_not_stored(client, collected, sent, status, code):
    body = sent if isinstance(sent, bytes) else json.dumps(sent)
    response = client.post(KEEP, data=body, content_type="application/json")
    assert_error(response, status, code)
    assert collected.all() == []
    assert client.post(KEEP, json=digit()).status_code == 200


def test_form_of_another_site_is_refused(client, collected):
    """Browsers send forms to any site unasked, but JSON only to the page's own site."""
    body = json.dumps(digit())
    response = client.post(KEEP, data=body, content_type="text/plain")
    assert_error(response, 415, "unsupported_type")
    assert collected.all() == []


def test_set_that_is_full_says_so(client, monkeypatch):
    monkeypatch.setattr("digitlib.classset.store.MAX_PER_WRITER", 1)
    client.post(KEEP, json=digit())
    assert_error(client.post(KEEP, json=digit()), 413, "too_large")


def test_damaged_file_is_reported_without_details(client, monkeypatch, caplog):
    def fail(*_):
        raise DataError("/where/it/is cannot be used.")

    monkeypatch.setattr(Store, "add", fail)
    monkeypatch.setattr(Store, "counts", fail)
    response = client.post(KEEP, json=digit())
    assert_error(response, 500, "internal")
    page = client.get("/class", query_string={"key": KEY})
    assert (page.status_code, page.mimetype) == (500, "text/html")
    assert "/where/it/is" not in response.text + page.text
    assert "/where/it/is" in caplog.text  # for the presenter


def test_address_can_send_only_so_often_and_fill_only_its_share(path):
    client = make_client(COLLECT=str(path), COLLECT_KEY=KEY, COLLECT_RATE="2 per day")

    def keep(number, address="192.0.2.1"):
        sent, sender = digit(writer=f"{number:032x}"), {"REMOTE_ADDR": address}
        return client.post(KEEP, json=sent, environ_overrides=sender)

    assert [keep(i).status_code for i in range(4)] == [200, 200, 429, 429]
    assert "wait a moment" in keep(5).text
    assert keep(6, "192.0.2.2").status_code == 200  # another address
    for _ in range(2):  # deleting has a share of its own
        answer = client.post(FORGET, json={"writer": ANNA})
        assert answer.status_code == 200
    assert client.get("/class", query_string={"key": KEY}).status_code == 200


def test_by_default_nobody_fills_the_set_alone(client):
    rates = parse_many(client.application.config["COLLECT_RATE"])
    most = {rate.get_expiry(): rate.amount for rate in rates}
    assert most[60] <= 120
    assert most[24 * 3600] <= store.MAX_DRAWINGS / 5


def test_rate_limit_applies_here_too(path):
    limits = {"COLLECT": str(path), "RATELIMIT_DEFAULT": "2 per minute"}
    client = make_client(**limits)
    statuses = [client.post(KEEP, json=digit()).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


def test_log_contains_neither_writer_nor_key(client, caplog):
    with caplog.at_level(logging.INFO, "app"):
        client.post(KEEP, json=digit())
        client.post(FORGET, json={"writer": ANNA})
        client.get("/class", query_string={"key": KEY})
    lines = [record.getMessage() for record in caplog.records if record.name == "app"]
    assert len(lines) == 3
    assert not re.search(r"aaa|key|127\.0\.0\.1", "".join(lines))


# --- The description -----------------------------------------------------------------


def test_description_includes_it(client):
    api = strict_json(client.get("/api/openapi.json"))
    assert {KEEP, FORGET} == set(api["paths"]) - {
        "/api/predict", "/api/model", "/healthz",
    }  # fmt: skip
    body = api["paths"][KEEP]["post"]["requestBody"]["content"]
    assert list(body) == ["application/json"]
    used = set(re.findall(r"#/components/schemas/(\w+)", str(api)))
    assert used == set(api["components"]["schemas"])
    page = client.get("/api/docs").text
    assert all(f'id="{name}"' in page for name in used)


def test_answers_are_of_the_described_types(client):
    for url, body, kind in (
        (KEEP, digit(), schema.Kept),
        (FORGET, {"writer": ANNA}, schema.Deleted),
        (FORGET, {}, schema.Problem),
    ):
        answer = strict_json(client.post(url, json=body))
        assert msgspec.to_builtins(msgspec.convert(answer, kind)) == answer


# --- The presenter -------------------------------------------------------------------


@pytest.fixture
def two(client, collected):
    """A client of an app that has collected two digits."""
    client.post(KEEP, json=digit(7, ANNA))
    client.post(KEEP, json=digit(1, BERT, ONE, "finger"))
    return client


def test_page_shows_how_many_digits_there_are(two):
    page = two.get("/class", query_string={"key": KEY}).text
    assert "2 digits by 2 writers" in page
    numbers = re.findall(r'<span class="number">(\d+)</span>', page)
    assert numbers == ["0", "1", "0", "0", "0", "0", "0", "1", "0", "0"]
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script", page)


@pytest.mark.parametrize("key", [None, "", "wrong", KEY + "x", "\x00", "ü"])
def test_nothing_works_without_the_key(two, collected, key):
    given = {} if key is None else {"key": key}
    for answer in (
        two.get("/class", query_string=given),
        two.get("/class/export", query_string=given | {"kind": "jsonl"}),
        two.post("/class/delete", data=given | {"sure": "yes"}),
        two.post("/class/delete-some", data=given | {"sure": "yes", "minutes": 5}),
    ):
        assert answer.status_code == 404
        assert "key" in answer.text
        assert ANNA not in answer.text
    assert collected.counts().drawings == 2


@pytest.mark.parametrize("configured", [None, ""])
def test_without_a_key_configured_nobody_gets_in(path, configured, monkeypatch):
    if configured is not None:
        monkeypatch.setenv("DIGITLIB_COLLECT_KEY", configured)
    client = make_client(COLLECT=str(path))
    for key in ("", "None", "null", "False", "0", "[]", '""'):
        assert client.get("/class", query_string={"key": key}).status_code == 404


def test_key_of_digits_in_the_environment_works(path, monkeypatch):
    monkeypatch.setenv("DIGITLIB_COLLECT", str(path))
    monkeypatch.setenv("DIGITLIB_COLLECT_KEY", "123456")
    client = make_client()
    assert client.get("/class?key=123456").status_code == 200


def test_export_offers_every_format(two, collected):
    def export(kind):
        query = {"key": KEY, "kind": kind}
        response = two.get("/class/export", query_string=query)
        assert response.headers["Content-Disposition"].endswith(f"class.{kind}")
        return response.data

    lines = export("jsonl").decode().splitlines()
    written = [samples.from_line(line) for line in lines]
    names = [each.name for each in reversed(collected.writers())]
    assert [each.writer for each in written] == names
    assert [each.strokes for each in written] == [
        each.strokes for each in collected.all()
    ]
    for name in names:  # whoever has an export can delete nothing
        answer = strict_json(two.post(FORGET, json={"writer": name}))
        assert answer["deleted"] == 0
    assert np.load(io.BytesIO(export("npz")))["x"].shape == (2, 28, 28)
    with zipfile.ZipFile(io.BytesIO(export("zip"))) as pictures:
        assert len(pictures.namelist()) == 2
    other = two.get("/class/export", query_string={"key": KEY, "kind": "csv"})
    assert other.status_code == 400


@pytest.mark.parametrize("kind", ["jsonl", "npz", "zip"])
def test_set_that_is_gone_is_not_exported_half(two, path, kind):
    for file in path.parent.iterdir():
        file.unlink()
    answer = two.get("/class/export", query_string={"key": KEY, "kind": kind})
    assert (answer.status_code, answer.mimetype) == (500, "text/html")
    assert "tell the presenter" in answer.text


def test_everything_is_deleted_only_if_confirmed(two, collected):
    unsure = two.post("/class/delete", data={"key": KEY})
    assert unsure.status_code == 400
    assert collected.counts().drawings == 2
    page = two.post("/class/delete", data={"key": KEY, "sure": "yes"}).text
    assert "Deleted: 2 digits" in page
    assert collected.counts() == Counts(0, 0, (0,) * 10)


def test_one_writers_digits_are_deleted(two, collected):
    anna, bert = reversed(collected.writers())
    page = two.get("/class", query_string={"key": KEY}).text
    assert f'value="{anna.name}"' in page
    form = {"key": KEY, "writer": anna.name}
    assert two.post("/class/delete-some", data=form).status_code == 400
    page = two.post("/class/delete-some", data=form | {"sure": "yes"}).text
    assert "Deleted: 1 digit." in page
    assert [each.writer for each in collected.all()] == [BERT]
    assert collected.writers() == [bert]


def test_the_last_minutes_are_deleted(two, collected):
    upkeep = two.application.extensions["upkeep"]
    now = time.monotonic()
    upkeep._known[:] = [(now - 3000, 1)]  # only Anna's was there
    upkeep.note(now - 1000)
    two.post(KEEP, json=digit(3, BERT))
    page = two.get("/class", query_string={"key": KEY}).text
    assert re.findall(r"Last (\d+) minutes: (\d+)", page) == [
        ("5", "1"),
        ("15", "1"),
        ("60", "2"),
    ]
    form = {"key": KEY, "sure": "yes"}
    for minutes in ("", "7", "-5", "x"):
        answer = two.post("/class/delete-some", data=form | {"minutes": minutes})
        assert answer.status_code == 400
    two.post("/class/delete-some", data=form | {"minutes": "15"})
    assert [each.label for each in collected.all()] == [7, 1]
    two.post("/class/delete-some", data=form | {"minutes": "60"})
    assert [each.label for each in collected.all()] == [7]


# --- Concurrency and crashes ---------------------------------------------------------


class Sender(threading.Thread):
    """A writer who sends one digit after another, all different, to a live server."""

    def __init__(self, port, number, digits):
        super().__init__()
        self.port, self.writer, self.digits = port, f"{number:032x}", digits
        self.kept = []

    def run(self):
        connection = http.client.HTTPConnection(HOST, self.port, timeout=PATIENCE)
        killed = suppress(OSError, http.client.HTTPException)
        with closing(connection), killed:
            for i in range(self.digits):
                self.send(connection, i)

    def send(self, connection, i):
        strokes = [[(i + 1.0, 50.0), (i + 1.0, 200.0)]]
        body = json.dumps(digit(i % 10, self.writer, strokes))
        connection.request("POST", KEEP, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        assert response.status == 200, response.read()
        response.read()
        self.kept.append(samples.from_line(body))


def start_sending(port, digits, number=30):
    senders = [Sender(port, i, digits) for i in range(number)]
    for sender in senders:
        sender.start()
    return senders


@pytest.mark.slow
def test_thirty_concurrent_writers_lose_nothing(path):
    skip_where_it_does_not_run("gunicorn")
    environment = {
        "DIGITLIB_COLLECT": str(path),
        "DIGITLIB_COLLECT_RATE": "100000 per minute",
        "WEB_CONCURRENCY": "3",
    }
    with server(*COMMANDS["gunicorn"], **environment) as port:
        senders = start_sending(port, digits=10)
        for sender in senders:
            sender.join()
    assert {len(sender.kept) for sender in senders} == {10}
    stored = set(Store(path).all())
    assert len(stored) == 300
    assert stored == {each for sender in senders for each in sender.kept}


@pytest.mark.slow
def test_kill_loses_at_most_the_requests_in_progress(path):
    skip_where_it_does_not_run("gunicorn")
    environment = {
        "DIGITLIB_COLLECT": str(path),
        "DIGITLIB_COLLECT_RATE": "100000 per minute",
        "WEB_CONCURRENCY": "3",
    }
    killed = pytest.raises(AssertionError, match="the server has ended")
    with killed, server(*COMMANDS["gunicorn"], **environment) as port:
        senders = start_sending(port, digits=200)
        while sum(len(sender.kept) for sender in senders) < 100:
            time.sleep(0.01)
        kill_all(port)
        for sender in senders:
            sender.join()
    acknowledged = {each for sender in senders for each in sender.kept}
    stored = set(Store(path).all())
    assert 100 <= len(acknowledged) < 6000  # it was killed half-way
    assert acknowledged <= stored
    assert len(stored - acknowledged) <= len(senders)


def kill_all(port):
    """Kill a gunicorn and all its workers without warning."""
    master = child_with(f"{HOST}:{port}")
    processes = [master, *master.children()]
    for process in processes:
        process.kill()
    psutil.wait_procs(processes, timeout=PATIENCE)
