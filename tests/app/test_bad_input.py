"""Every row of the table of bad input: a clear answer, and the next request is served.

What needs a real server (bodies of unknown length, endless headers, uploads that stop
half-way) is in test_serving.py, randomly generated input in test_generated.py, and
damaged networks in test_networks.py.
"""

import html
import io
import json
import threading
import time
import tracemalloc
from contextlib import ExitStack

import numpy as np
import pytest
from PIL import Image, ImageFile

from app import create_app
from app.budget import READERS, TURNS
from digitlib.errors import ImageError
from digitlib.reading import Model, ink
from tests import filing
from tests.conftest import ONE, SEVEN
from tests.sending import (
    ANIMATED,
    BOMB,
    FRAME_5,
    ONE_PNG,
    SEVEN_JPEG,
    SEVEN_PNG,
    assert_error,
    chunk,
    data_url,
    encode,
    file_header,
    form,
    jpeg,
    make_client,
    one_digit,
    png,
    send,
    strict_json,
    texts,
)


@pytest.fixture(scope="module")
def client():
    return make_client()


# --- Files ---------------------------------------------------------------------------


HEIC = filing.heic(ink.draw(SEVEN))
AVIF = filing.avif(ink.draw(SEVEN))
SCAN = filing.scan(ink.draw(SEVEN), ink.draw(ONE))

BAD_FILES = {
    "empty": (b"", 400, "empty_file"),
    "text": (b"seven", 415, "unsupported_type"),
    "HTML": (b"<!doctype html><p>7", 415, "unsupported_type"),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', 415, "unsupported_type"),
    "video": (b"\0\0\0\x18ftypmp42\0\0\0\0isommp42", 415, "unsupported_type"),
    "PDF of nothing": (b"%PDF-1.7\n%%EOF", 422, "undecodable"),
    "PDF with a password": (filing.LOCKED_PDF, 415, "unsupported_type"),
    "PDF without pages": (filing.PDF_OF_NONE, 422, "undecodable"),
    "PDF of 10,000 pages": (filing.PDF_OF_10000, 415, "unsupported_type"),
    "half a PDF": (SCAN[: len(SCAN) // 2], 422, "undecodable"),
    "PDF of a huge image": (filing.pdf_with_image(9000, 9000), 422, "too_many_pixels"),
    "TIFF of 51 pages": (
        filing.tiff(*[filing.blank(4, 4)] * 51),
        415,
        "unsupported_type",
    ),
    "HEIC cut off": (HEIC[: len(HEIC) // 2], 422, "undecodable"),
    "HEIC 9000 x 9000": (filing.declare(HEIC, 9000, 9000), 422, "too_many_pixels"),
    "HEIC 30 megapixels": (filing.declare(HEIC, 6000, 5000), 422, "too_many_pixels"),
    "HEIC of another size": (filing.declare(HEIC, 8, 8), 422, "undecodable"),
    "AVIF cut off": (AVIF[: len(AVIF) // 2], 422, "undecodable"),
    "AVIF 9000 x 9000": (filing.declare(AVIF, 9000, 9000), 422, "too_many_pixels"),
    "AVIF 30 megapixels": (filing.declare(AVIF, 6000, 5000), 422, "too_many_pixels"),
    "EPS": (b"%!PS-Adobe-3.0 EPSF-3.0\n", 415, "unsupported_type"),
    **{
        f"PNG cut at {tenth} %": (
            SEVEN_PNG[: len(SEVEN_PNG) * tenth // 100],
            422,
            "undecodable",
        )
        for tenth in range(10, 100, 10)
    },
    "half a JPEG": (SEVEN_JPEG[: len(SEVEN_JPEG) // 2], 422, "undecodable"),
    "zTXt bomb": (png(8, 8, chunk(b"zTXt", b"k\0\0" + BOMB)), 422, "undecodable"),
    "iCCP bomb": (png(8, 8, chunk(b"iCCP", b"k\0\0" + BOMB)), 422, "undecodable"),
    "APNG that starts at 5": (png(8, 8, ANIMATED, FRAME_5), 422, "undecodable"),
    "APNG cut": (png(8, 8, chunk(b"acTL", b"\0")), 422, "undecodable"),
    "0 x 0": (png(0, 0), 422, "undecodable"),
    "PNG 65535 x 65535": (png(65535, 65535), 422, "too_many_pixels"),
    "PNG 1 x 100000": (png(1, 100_000), 422, "too_many_pixels"),
    "JPEG 9000 x 9000": (jpeg(9000, 9000), 422, "too_many_pixels"),
    "PNG 10000 x 10000": (png(10_000, 10_000), 422, "too_many_pixels"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_file_is_an_error_that_helps(client, name):
    content, status, code = BAD_FILES[name]
    response = send(client, content)
    assert_error(response, status, code)
    page = send(client, content, url="/")  # the same on the page
    assert page.status_code == status
    assert page.mimetype == "text/html"
    assert strict_json(response)["error"]["message"] in html.unescape(page.text)
    assert texts(send(client, SEVEN_PNG)) == ["7"]  # the next one is served


def test_plain_png_of_these_tests_is_a_picture(client):
    """The picture that the bad ones are made from is good."""
    assert texts(send(client, png(8, 8))) == [""]


# PDFium checks in a process of its own: see tests/reading/test_picture.py
LARGE = [
    name
    for name, bad in BAD_FILES.items()
    if bad[2] == "too_many_pixels" and "PDF" not in name
]


@pytest.mark.parametrize("name", LARGE)
def test_too_many_pixels_are_never_decoded(client, name, monkeypatch):
    """They cost neither time nor memory; `make fuzz` measures both."""

    def decode(_image):
        raise AssertionError("was decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", decode)
    assert_error(send(client, BAD_FILES[name][0]), 422, "too_many_pixels")


def test_bombs_are_not_inflated(client):
    for name in ("zTXt bomb", "iCCP bomb"):
        tracemalloc.start()
        send(client, BAD_FILES[name][0])
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 64 * 2**20


@pytest.mark.parametrize("colour", ["white", "black", "red"])
def test_blank_picture_is_a_message(client, colour):
    response = send(client, encode(Image.new("RGB", (60, 40), colour)))
    (result,) = strict_json(response)["results"]
    assert (result["text"], result["digits"]) == ("", [])
    assert "No ink" in result["message"]


def rotated(grey):
    """Turn the picture on its side, and say so in its EXIF data."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise to see it upright
    return encode(grey.rotate(90, expand=True), "JPEG", exif=exif)


def transparent(grey):
    alpha = Image.eval(grey, lambda level: 255 - level)
    return Image.merge("LA", (Image.new("L", grey.size, 0), alpha))


VARIANTS = {
    "RGBA": lambda grey: encode(transparent(grey).convert("RGBA")),
    "LA": lambda grey: encode(transparent(grey)),
    "P": lambda grey: encode(grey.convert("P")),
    "1": lambda grey: encode(grey.convert("1")),
    "I;16": lambda grey: encode(
        Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    ),
    "light on dark": lambda grey: encode(Image.eval(grey, lambda level: 255 - level)),
    "CMYK JPEG": lambda grey: encode(grey.convert("CMYK"), "JPEG"),
    "rotated by EXIF": rotated,
    "WebP": lambda grey: encode(grey, "WEBP"),
    "BMP": lambda grey: encode(grey, "BMP"),
    "GIF": lambda grey: encode(grey, "GIF"),
    "TIFF": lambda grey: encode(grey, "TIFF"),
    "HEIC": filing.heic,
    "AVIF": filing.avif,
    "PDF": filing.scan,
    "12 megapixels": lambda grey: encode(grey.resize((4000, 3000)), "JPEG"),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_kind_of_picture_is_the_same_digit(client, seven, variant):
    assert texts(send(client, VARIANTS[variant](seven))) == ["7"]


# --- Forms ---------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["/api/predict", "/"])
@pytest.mark.parametrize(
    "header",
    [
        b'Content-Disposition: form-data; name="image"',
        b'Content-Disposition: form-data; name="picture"; filename="seven.png"',
        file_header(b""),
        file_header(b"\xff.png"),  # not UTF-8: the form cannot be parsed
        b"no header",
    ],
)
def test_form_without_a_file_is_an_error(client, header, url):
    response = client.post(url, **form((header, SEVEN_PNG)))
    assert response.status_code == 400
    assert "Choose a picture" in response.text
    if url != "/":
        assert_error(response, 400, "missing_file")


def test_request_without_a_body_is_an_error(client):
    assert_error(client.post("/api/predict"), 400, "missing_file")
    assert client.post("/").status_code == 400


NAMES = [
    b"../../etc/passwd",
    b"nul\0nul.png",
    b"x" * 5000,
    b"<script>alert(1)</script>",
    "sieben-\u0667-\U0001f600.png".encode(),
]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_file_name_is_only_ever_shown(client, name):
    body = form((file_header(name), SEVEN_PNG))
    assert texts(client.post("/api/predict", **body)) == ["7"]
    page = client.post("/", **body)
    assert page.status_code == 200
    assert "<script>" not in page.text


def test_lone_surrogate_in_a_file_name_is_harmless(client):
    header = file_header(b"").replace(b'filename=""', b"filename*=utf-8''%ED%A0%80")
    body = form((header, SEVEN_PNG))
    assert texts(client.post("/api/predict", **body)) == ["7"]
    assert client.post("/", **body).status_code == 200


TEXT_FIELD = b'Content-Disposition: form-data; name="image"'
TOO_LARGE = {
    "file": form((file_header(b"big.png"), bytes(20_000_000))),
    "parts": form(*[(TEXT_FIELD, b"7")] * 1001),
    "field": form((TEXT_FIELD, b"7" * 600_000)),
    "urlencoded": {
        "data": b"a=b&" * 250_000,
        "content_type": "application/x-www-form-urlencoded",
    },
    "fields": {
        "data": b"image=" + b"A" * 100_000 + b"&note=" + b"x" * 70_000,
        "content_type": "application/x-www-form-urlencoded",
    },
    "field of 20 MB": {
        "data": b"image=" + b"A" * 20_000_000,
        "content_type": "application/x-www-form-urlencoded",
    },
    "body": {"data": bytes(20_000_001), "content_type": "image/png"},
    "PDF": {"data": b"%PDF-" + bytes(20_000_000), "content_type": "application/pdf"},
    "base64": {"json": {"image": "A" * 20_000_000}},
    "JSON": {"json": {"note": "x" * 70_000}},
    "JSON spaces": {"data": b"{}" + b" " * 70_000, "content_type": "application/json"},
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_too_large_request_is_refused(client, name):
    response = client.post("/api/predict", **TOO_LARGE[name])
    assert_error(response, 413, "too_large")
    assert texts(send(client, SEVEN_PNG)) == ["7"]


def test_twenty_pictures_are_read_and_no_more(client):
    twenty = [SEVEN_PNG, ONE_PNG] * 10
    assert texts(send(client, *twenty)) == ["7", "1"] * 10
    for url in ("/api/predict", "/"):
        assert send(client, *twenty, SEVEN_PNG, url=url).status_code == 413


def test_body_of_unknown_length_is_limited_too(client):
    endless = {"wsgi.input_terminated": True, "wsgi.input": io.BytesIO(bytes(20**6))}
    response = client.post(
        "/api/predict",
        content_type="application/json",
        environ_overrides=endless,
    )
    assert_error(response, 413, "too_large")


# --- Pages ---------------------------------------------------------------------------


def pages_of(response):
    """For each result its page, the number of pages, and its text or error code."""
    results = strict_json(response)["results"]
    return [
        (
            each["page"],
            each["pages"],
            each.get("text", each.get("error", {}).get("code")),
        )
        for each in results
    ]


def test_every_page_is_read(client, seven, one):
    expected = [(1, 2, "7"), (2, 2, "1")]
    for several in (SCAN, filing.tiff(seven, one)):
        assert pages_of(send(client, several)) == expected
        both = send(client, several, ONE_PNG)
        assert pages_of(both) == [*expected, (1, 1, "1")]


def test_damaged_page_does_not_stop_the_others(client, seven, one):
    bad = filing.damage_page(filing.tiff(seven, one, seven), 2)
    expected = [(1, 3, "7"), (2, 3, "undecodable"), (3, 3, "7")]
    assert pages_of(send(client, bad)) == expected
    page = send(client, bad, url="/").text
    for number in (1, 2, 3):
        assert f"<h3>page {number} of 0.png</h3>" in page
    assert "damaged" in page


def test_pages_of_a_request_are_limited(seven, one):
    client = make_client(MAX_PAGES=3, MAX_FILES=3)
    response = send(client, filing.tiff(seven, one), filing.tiff(one, seven), SEVEN_PNG)
    assert pages_of(response) == [
        *[(1, 2, "7"), (2, 2, "1"), (1, 2, "1")],
        *[(2, 2, "too_large"), (1, 1, "too_large")],
    ]


def test_time_of_a_request_is_limited(seven, one):
    client = make_client(MAX_SECONDS=0)
    response = send(client, filing.tiff(seven, one), SEVEN_PNG)
    expected = [(1, 2, "7"), (2, 2, "too_large"), (1, 1, "too_large")]
    assert pages_of(response) == expected


def test_time_of_the_decoders_counts(seven, monkeypatch):
    """They compute in other processes; what they were given in vain counts too."""

    def decode(content, time_left, spend):
        time.sleep(0.02)
        raise ImageError("The picture takes too long to open.")

    monkeypatch.setattr("app.uploads._DECODERS.decode", decode)
    client = make_client(MAX_SECONDS=0.01)
    response = send(client, SEVEN_PNG, SEVEN_PNG, filing.scan(seven))
    assert (response.status_code, response.json["error"]["code"]) == (
        422,
        "undecodable",
    )


@pytest.mark.parametrize("slow", [1, 3])
def test_pdfs_that_are_slow_to_draw_take_no_more_than_the_time_of_a_request(slow):
    """A page is drawn before it can be refused: each of these took ten seconds."""
    client = make_client(MAX_SECONDS=1)
    pdf = filing.pdf(*[filing.SLOW_PAGE] * slow)
    start = time.monotonic()
    response = send(client, pdf, pdf, SEVEN_PNG)
    assert time.monotonic() - start < 6
    assert_error(response, 422, "undecodable")
    page = send(client, pdf, pdf, SEVEN_PNG, url="/").text
    assert "Drawing this PDF takes too long" in page
    assert page.count("Reading took too long") == 2 + (slow > 1)


def test_time_is_counted_by_the_clock(monkeypatch):
    """On a busy machine it takes long to compute little."""
    read = Model.read

    def read_slowly(*given):
        time.sleep(0.1)
        return read(*given)

    monkeypatch.setattr(Model, "read", read_slowly)
    response = send(make_client(MAX_SECONDS=0.05), *[SEVEN_PNG] * 3)
    assert pages_of(response) == [(1, 1, "7")] + [(1, 1, "too_large")] * 2


def test_waiting_for_the_first_turn_is_free(monkeypatch):
    """Who has waited has all the time that a picture may need to be decoded."""
    given = []

    def decode(content, time_left, spend):
        given.append(time_left())
        raise ImageError("It is not needed here.")

    monkeypatch.setattr("app.uploads._DECODERS.decode", decode)
    client = make_client(MAX_SECONDS=3.5)
    with ExitStack() as turns:
        for _ in range(READERS):
            turns.enter_context(TURNS.turn(0))
        threading.Timer(1.5, turns.pop_all().close).start()
        send(client, SEVEN_PNG)
    assert given[0] > 2.5


def test_a_reading_is_computed_by_one_thread(client):
    """With several, each waits for the others for most of the time when all is busy."""
    sevens = Image.new("L", (2000, 1000), 255)
    for x, y in np.ndindex(40, 20):
        sevens.paste(ink.draw(SEVEN).resize((40, 40)), (50 * x, 50 * y))
    url = "/api/predict?network=cnn"
    send(client, SEVEN_PNG, url=url)
    all_before, own_before = time.process_time(), time.thread_time()
    (result,) = send(client, encode(sevens), url=url).json["results"]
    all_after, own_after = time.process_time(), time.thread_time()
    assert len(result["digits"]) > 500
    assert all_after - all_before < 1.05 * (own_after - own_before)


# --- What nobody has foreseen --------------------------------------------------------


class FailsAtTheSecond:
    """A network that fails at every second picture."""

    def __init__(self):
        self.model, self.count = self, 0

    def read(self, *_given):
        self.count += 1
        if self.count % 2 == 0:
            raise IndexError("index -1 is out of bounds")
        return one_digit("3", 0.9)


@pytest.mark.parametrize("url", ["/api/predict", "/"])
def test_whatever_one_picture_raises_is_its_own_error(client, monkeypatch, caplog, url):
    fails = FailsAtTheSecond()
    monkeypatch.setattr("app.api.views.network", lambda _name: fails)
    monkeypatch.setattr("app.pages.views.network", lambda: fails)
    response = send(client, SEVEN_PNG, SEVEN_PNG, SEVEN_PNG, url=url)
    assert response.status_code == 200
    assert response.text.count("makes the program fail") == 1
    assert "index -1 is out of bounds" in caplog.text  # for who can mend it
    alone = send(client, *[SEVEN_PNG], url=url)
    assert (alone.status_code, "index -1" in alone.text) == (422, False)


@pytest.mark.parametrize("url", ["/api/predict", "/"])
def test_what_looking_for_pages_raises_fails_one_file(
    client, monkeypatch, caplog, seven, url
):
    def fail(*_given):
        raise IndexError("index -1 is out of bounds")

    monkeypatch.setattr("digitlib.reading.tiff.find_pages", fail)
    tiff = filing.tiff(seven)
    response = send(client, SEVEN_PNG, tiff, SEVEN_PNG, url=url)
    assert response.status_code == 200
    assert response.text.count("makes the program fail") == 1
    assert "index -1 is out of bounds" in caplog.text


# --- Other bodies --------------------------------------------------------------------

URLENCODED = "application/x-www-form-urlencoded"
BAD_BODIES = {
    "no field": (b"picture=7", URLENCODED, 400, "missing_file"),
    "nothing": (b"", URLENCODED, 400, "missing_file"),
    "many fields": (b"a=b&" * 200, URLENCODED, 400, "bad_request"),
    "bytes as fields": (SEVEN_PNG, URLENCODED, 400, "bad_request"),
    "bad base64": (b"image=%25%25%25", URLENCODED, 422, "undecodable"),
    "cut base64": (b"image=aaaaa", URLENCODED, 422, "undecodable"),
    "address": (b"image=http://127.0.0.1/7.png", URLENCODED, 422, "undecodable"),
    "no picture": (b"image=aGVsbG8=", URLENCODED, 415, "unsupported_type"),
    "empty": (b"", "image/png", 400, "empty_file"),
    "text": (b"seven", "image/png", 415, "unsupported_type"),
    "cut off": (SEVEN_PNG[:100], "image/png", 422, "undecodable"),
    "text as PDF": (b"seven", "application/pdf", 415, "unsupported_type"),
    "octets": (SEVEN_PNG, "application/octet-stream", 415, "unsupported_type"),
}


@pytest.mark.parametrize("name", BAD_BODIES)
def test_bad_body_is_an_error_that_helps(client, name):
    body, kind, status, code = BAD_BODIES[name]
    response = client.post("/api/predict", data=body, content_type=kind)
    assert_error(response, status, code)
    assert texts(send(client, SEVEN_PNG)) == ["7"]


@pytest.mark.parametrize("kind", ["image/png", URLENCODED, "application/pdf"])
def test_page_takes_only_files(client, kind):
    response = client.post("/", data=SEVEN_PNG, content_type=kind)
    assert response.status_code == 400


# --- JSON ----------------------------------------------------------------------------


JSON = {
    "malformed": (b'{"image": ', 400, "bad_json"),
    "empty": (b"", 400, "bad_json"),
    "bad UTF-8": (b'{"image": "\xff"}', 400, "bad_json"),
    "deep": (b"[" * 100_000 + b"]" * 100_000, 400, "bad_json"),
    "deep objects": (b'{"image":' * 100_000, 400, "bad_json"),
    "long integer": (b'{"image": ' + b"1" * 5000 + b"}", 400, "bad_json"),
    "NaN": (b'{"image": NaN}', 400, "bad_json"),
    "infinity": (b'{"image": -Infinity}', 400, "bad_json"),
    "null": (b"null", 422, "wrong_json"),
    "list": (b"[]", 422, "wrong_json"),
    "missing key": (b"{}", 422, "wrong_json"),
    "number": (b'{"image": 7}', 422, "wrong_json"),
    "list of pictures": (b'{"image": ["data:,"]}', 422, "wrong_json"),
    "no data URL": (b'{"image": "seven.png"}', 422, "undecodable"),
    "address": (b'{"image": "http://127.0.0.1/7.png"}', 422, "undecodable"),
    "bad base64": (b'{"image": "data:image/png;base64,%%%"}', 422, "undecodable"),
    "cut base64": (b'{"image": "data:image/png;base64,aaaaa"}', 422, "undecodable"),
    "no picture": (b'{"image": "data:;base64,aGVsbG8="}', 415, "unsupported_type"),
    "empty picture": (b'{"image": "data:;base64,"}', 400, "empty_file"),
}


@pytest.mark.parametrize("name", JSON)
def test_bad_json_is_an_error_that_helps(client, name):
    body, status, code = JSON[name]
    response = client.post("/api/predict", data=body, content_type="application/json")
    assert_error(response, status, code)
    assert texts(send(client, SEVEN_PNG)) == ["7"]


def test_millions_of_brackets_cost_little(client):
    body = b"[" + b"[]," * 3_000_000
    tracemalloc.start()
    response = client.post("/api/predict", data=body, content_type="application/json")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert_error(response, 400, "bad_json")
    assert peak < 10 * len(body)  # parsed they are 20 times as long


def test_large_picture_in_json_is_read(client, seven):
    noise = np.random.default_rng(0).integers(0, 8, (1000, 1000), np.uint8)
    picture = Image.fromarray(np.asarray(seven.resize((1000, 1000))) // 8 * 7 + noise)
    content = encode(picture)
    assert len(content) > 64 * 1024
    response = client.post("/api/predict", json={"image": data_url(content)})
    assert texts(response) == ["7"]


def test_json_of_another_content_type_is_refused(client):
    body = json.dumps({"image": data_url(SEVEN_PNG)})
    for kind in ("text/plain", "image/png", None):
        response = client.post("/api/predict", data=body, content_type=kind)
        assert_error(response, 415, "unsupported_type")


# --- Addresses -----------------------------------------------------------------------


def test_wrong_address_or_method(client):
    assert_error(client.get("/api/nothing"), 404, "not_found")
    response = client.get("/api/predict")
    assert_error(response, 405, "not_allowed")
    assert "POST" in response.headers["Allow"]
    page = client.get("/nothing")
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "nothing at this address" in page.text


def test_foreign_host_is_refused_when_hosts_are_configured():
    client = create_app({"TRUSTED_HOSTS": ["digits.example"]}).test_client()
    assert client.get("/", headers={"Host": "digits.example"}).status_code == 200
    for url in ("/", "/healthz", "/nothing"):
        response = client.get(url, headers={"Host": "evil.example"})
        assert_error(response, 400, "bad_request")


QUERIES = [
    "network=gpt",
    "network=",
    "network=..%2Fcnn",
    "explain=perhaps",
    "picture=2",
]


@pytest.mark.parametrize("query", QUERIES)
def test_unknown_query_is_an_error(client, query):
    assert_error(
        send(client, SEVEN_PNG, url=f"/api/predict?{query}"), 400, "bad_request"
    )
