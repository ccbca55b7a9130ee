"""The web app over HTTP: what the API answers, and how it is protected.

The rest of the API is in test_api.py, bad input in test_bad_input.py, the pages in
test_pages.py, every way to serve in test_serving.py, and randomly generated input in
test_generated.py.
"""

import base64
import logging
import re
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import numpy as np
import pytest
from flask import request
from PIL import Image

from app import create_app
from app.protection import SECURITY_HEADERS
from app.results import to_result
from digitlib.reading import load_model, to_pixels
from tests import filing
from tests.sending import (
    SEVEN_PNG,
    Always,
    assert_error,
    data_url,
    encode,
    file_header,
    form,
    make_client,
    one_digit,
    picture_of,
    send,
    strict_json,
    texts,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def client():
    return make_client()


# --- Reading -------------------------------------------------------------------------


def test_upload_gives_the_reading_of_the_library(client, seven):
    content = encode(seven)
    (result,) = strict_json(send(client, content))["results"]
    where = {"filename": "0.png", "page": 1, "pages": 1}
    assert result == where | to_result(load_model().read(content))
    assert result["text"] == "7"


def test_drawing_as_json_gives_the_reading_of_the_library(client, one):
    response = client.post("/api/predict", json={"image": data_url(encode(one))})
    (result,) = strict_json(response)["results"]
    where = {"filename": "", "page": 1, "pages": 1}
    assert result == where | to_result(load_model().read(one))
    assert result["text"] == "1"


def as_base64(content, width=0):
    """As base64, on one line or on lines of this width."""
    text = base64.b64encode(content).decode()
    return "\n".join(textwrap.wrap(text, width)) if width else text


URLENCODED = "application/x-www-form-urlencoded"
BODIES = {
    "base64 in JSON": lambda one: {"json": {"image": as_base64(one)}},
    "lines of base64 in JSON": lambda one: {"json": {"image": as_base64(one, 76)}},
    "data URL as a field": lambda one: {"data": {"image": data_url(one)}},
    "base64 as a field": lambda one: {"data": {"image": as_base64(one)}},
    "base64 as a field, not encoded": lambda one: {
        "data": "image=" + as_base64(one),
        "content_type": URLENCODED,
    },
    "raw": lambda one: {"data": one, "content_type": "image/png"},
    "raw, of a wrong type": lambda one: {"data": one, "content_type": "image/heic"},
    "raw, with a parameter": lambda one: {
        "data": one,
        "content_type": "image/png; charset=binary",
    },
}


@pytest.mark.parametrize("way", BODIES)
def test_every_way_to_send_gives_the_reading_of_the_library(client, one, way):
    body = BODIES[way](encode(one))
    if isinstance(body.get("data"), dict):
        body["content_type"] = URLENCODED
    response = client.post("/api/predict", **body)
    (result,) = strict_json(response)["results"]
    where = {"filename": "", "page": 1, "pages": 1}
    assert result == where | to_result(load_model().read(one))


def test_pdf_as_the_body_is_read_page_by_page(client, seven, one):
    body = filing.scan(seven, one)
    response = client.post("/api/predict", data=body, content_type="application/pdf")
    assert texts(response) == ["7", "1"]


@pytest.mark.parametrize("way", ["base64 in JSON", "base64 as a field", "raw"])
def test_large_picture_is_read_in_every_way(client, seven, way):
    """More than the 64 KiB of text and the 500 kB of a field that others may have."""
    content = encode(seven.resize((1000, 1000)), compress_level=0)
    assert len(content) > 900_000
    body = BODIES[way](content)
    if isinstance(body.get("data"), dict):
        body["content_type"] = URLENCODED
    assert texts(client.post("/api/predict", **body)) == ["7"]


def test_result_has_all_of_the_reading_and_the_glyph(seven):
    reading = load_model().read(seven)
    result = to_result(reading)
    glyph = picture_of(result["digits"][0].pop("glyph"))
    np.testing.assert_array_equal(glyph, to_pixels(reading.digits[0].glyph))
    assert result == reading.to_dict()


def test_bad_file_does_not_affect_the_others(client, seven):
    response = send(client, b"not a picture", encode(seven))
    bad, good = strict_json(response)["results"]
    assert response.status_code == 200
    assert (bad["filename"], bad["error"]["code"]) == ("0.png", "unsupported_type")
    assert good["text"] == "7"


def test_only_bad_files_are_the_error_of_the_first(client):
    assert_error(send(client, b"", b"not a picture"), 400, "empty_file")


# --- Internal errors -----------------------------------------------------------------


@pytest.mark.parametrize("fault", [None, Always(one_digit("3", float("nan")))])
def test_internal_error_is_reported_without_details(client, monkeypatch, fault):
    monkeypatch.setitem(client.application.config, "TESTING", False)
    monkeypatch.setattr("app.api.views.network", lambda _name: fault)
    assert_error(send(client, SEVEN_PNG), 500, "internal")
    monkeypatch.setattr("app.pages.views.network", lambda: None)
    page = send(client, SEVEN_PNG, url="/")
    assert (page.status_code, page.mimetype) == (500, "text/html")
    assert "NoneType" not in page.text


def test_limits_can_be_configured(monkeypatch):
    monkeypatch.setenv("DIGITLIB_MAX_CONTENT_LENGTH", "1000")
    response = send(create_app().test_client(), bytes(1001))
    assert_error(response, 413, "too_large")


# --- Privacy and safety --------------------------------------------------------------


def test_nothing_is_written_to_disk(client, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", "/there/is/no/such/folder")
    large = encode(Image.new("L", (1500, 1500), 255), compress_level=0)
    assert len(large) > 2_000_000
    assert texts(send(client, large)) == [""]


URLS = ["/", "/help", "/static/main.js", "/nothing", "/api/predict", "/api/docs"]


@pytest.mark.parametrize("url", URLS)
def test_every_answer_is_protected(client, url):
    with client.get(url) as response:
        assert SECURITY_HEADERS.items() <= dict(response.headers).items()
        assert "Set-Cookie" not in response.headers


def test_cookie_would_stay_on_this_site():
    assert create_app().config["SESSION_COOKIE_SAMESITE"] == "Strict"


@pytest.mark.parametrize("url", ["/", "/help", "/api/docs", "/nothing"])
def test_page_has_nothing_inline(client, url):
    page = (
        send(client, SEVEN_PNG, b"bad", url=url) if url == "/" else client.get(url)
    ).text
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|<script(?! type)", page)
    policy = SECURITY_HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "http" not in policy


def test_scripts_are_served_as_scripts(client):
    with client.get("/static/main.js") as response:
        assert response.mimetype == "text/javascript"


def test_log_is_one_line_per_request_without_its_content(client, caplog):
    with caplog.at_level(logging.INFO, "app"):
        send(client, SEVEN_PNG, url="/api/predict?network=mlp")
        client.get("/no\nsuch\rline" + "x" * 500)
        client.get("/static/nothing.js")
    lines = [record.getMessage() for record in caplog.records if record.name == "app"]
    assert len(lines) == 3
    assert re.fullmatch(r"POST /api/predict 200 [\d.]+ ms", lines[0])
    assert not re.search(r"[\r\n]", "".join(lines))
    assert max(map(len, lines)) < 300
    assert not re.search(r"0\.png|127\.0\.0\.1|base64", "".join(lines))


# --- On the open internet ------------------------------------------------------------


def test_rate_limit_applies_if_configured():
    client = make_client(RATELIMIT_DEFAULT="3 per minute")
    for _ in range(3):
        assert texts(send(client, SEVEN_PNG)) == ["7"]
    response = send(client, SEVEN_PNG)
    assert_error(response, 429, "too_often")
    assert int(response.headers["Retry-After"]) <= 60
    assert client.get("/healthz").status_code == 200
    body = form((file_header(b"7.png"), SEVEN_PNG))
    other = {"REMOTE_ADDR": "192.0.2.7"}
    assert texts(client.post("/api/predict", **body, environ_overrides=other)) == ["7"]


def test_there_is_no_rate_limit_by_default(client):
    assert {client.get("/healthz").status_code for _ in range(50)} == {200}
    assert "limiter" not in client.application.extensions


@pytest.mark.parametrize(("proxies", "seen"), [(0, "127.0.0.1"), (1, "192.0.2.7")])
def test_proxy_is_trusted_only_if_configured(proxies, seen):
    client = make_client(PROXIES=proxies)
    headers = {"X-Forwarded-For": "evil, 192.0.2.7", "X-Forwarded-Proto": "https"}
    with client:
        client.get("/", headers=headers)
        assert request.remote_addr == seen
        assert request.is_secure == bool(proxies)


def test_serving_loads_nothing_heavy():
    heavy = {
        "tensorflow",
        "keras",
        "matplotlib",
        "flask_limiter",
        "digitlib.reading.explain",
        "pillow_heif",
        "pypdfium2",
    }
    code = (
        "import sys, app; app.create_app().test_client().get('/');"
        f"heavy = {heavy} & set(sys.modules); sys.exit(str(heavy) if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
