"""The web app over HTTP: good pictures, bad input, and every way to serve it."""

import base64
import html
import io
import json
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile
import time
import tracemalloc
import urllib.request
import zlib
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app import SECURITY_HEADERS, create_app
from digitlib import ink
from digitlib.errors import ModelError
from digitlib.picture import WORKING_SIDE
from digitlib.predict import Digit, Reading, load_model
from tests.conftest import ONE, SEVEN

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def app():
    return create_app({"TESTING": True})  # an unforeseen error fails its test


@pytest.fixture
def client(app):
    return app.test_client()


# --- Sending and understanding -------------------------------------------------------


def encode(image, form="PNG", **options):
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def form(*parts):
    """A form of parts (headers, content) as it is sent."""
    pieces = [b"--x\r\n" + head + b"\r\n\r\n" + body for head, body in parts]
    return {
        "data": b"\r\n".join([*pieces, b"--x--\r\n"]),
        "content_type": "multipart/form-data; boundary=x",
    }


def file_header(name):
    return b'Content-Disposition: form-data; name="image"; filename="' + name + b'"'


def send(client, *contents, url="/api/predict"):
    parts = [(file_header(b"%d.png" % i), each) for i, each in enumerate(contents)]
    return client.post(url, **form(*parts))


def data_url(content):
    return "data:image/png;base64," + base64.b64encode(content).decode()


def strict_json(response):
    """The body as JSON by the letter: NaN and the like are errors."""

    def refuse(constant):
        raise AssertionError(f"{constant} in JSON")

    assert response.mimetype == "application/json"
    return json.loads(response.data, parse_constant=refuse)


def assert_error(response, status, code):
    body = strict_json(response)
    assert (response.status_code, body["error"]["code"]) == (status, code)
    assert body.keys() == {"error"}
    assert body["error"]["message"].endswith(".")
    assert not re.search(r"Traceback|Error\b|/\w+/\w+\.py", response.text)


def texts(response):
    assert response.status_code == 200, response.text
    return [result["text"] for result in strict_json(response)["results"]]


# --- Good pictures -------------------------------------------------------------------


def test_upload_gives_the_reading_of_the_library(client, seven):
    content = encode(seven)
    (result,) = strict_json(send(client, content))["results"]
    assert result == {"filename": "0.png", **load_model().read(content).to_dict()}
    assert result["text"] == "7"


def test_drawing_as_json_gives_the_reading_of_the_library(client, one):
    response = client.post("/api/predict", json={"image": data_url(encode(one))})
    (result,) = strict_json(response)["results"]
    assert result == {"filename": "", **load_model().read(one).to_dict()}
    assert result["text"] == "1"


def rotated(grey):
    """Lying on its side, and a note in the file that says so."""
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
    "12 megapixels": lambda grey: encode(grey.resize((4000, 3000)), "JPEG"),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_kind_of_picture_is_the_same_digit(client, seven, variant):
    assert texts(send(client, VARIANTS[variant](seven))) == ["7"]


@pytest.mark.parametrize("colour", ["white", "black", "red"])
def test_blank_picture_is_a_message(client, colour):
    response = send(client, encode(Image.new("RGB", (60, 40), colour)))
    (result,) = strict_json(response)["results"]
    assert (result["text"], result["digits"]) == ("", [])
    assert "No ink" in result["message"]


def test_twenty_pictures_are_read_in_order(client):
    digits = [encode(ink.draw(strokes)) for strokes in (SEVEN, ONE)]
    assert texts(send(client, *digits * 10)) == ["7", "1"] * 10
    assert_error(send(client, *digits * 10, digits[0]), 413, "too_large")


def test_bad_file_does_not_hinder_the_others(client, seven):
    response = send(client, b"not a picture", encode(seven))
    bad, good = strict_json(response)["results"]
    assert response.status_code == 200
    assert (bad["filename"], bad["error"]["code"]) == ("0.png", "unsupported_type")
    assert good["text"] == "7"


def test_only_bad_files_are_the_error_of_the_first(client):
    assert_error(send(client, b"", b"not a picture"), 400, "empty_file")


# --- Bad files -----------------------------------------------------------------------


def chunk(name, data):
    """One chunk of a PNG."""
    checksum = struct.pack(">I", zlib.crc32(name + data))
    return struct.pack(">I", len(data)) + name + data + checksum


def png(width, height, *chunks):
    """A white PNG of 8 x 8 that declares this size, and holds these chunks."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress((b"\0" + b"\xff" * 8) * 8))
    parts = [b"\x89PNG\r\n\x1a\n", header, *chunks, pixels, chunk(b"IEND", b"")]
    return b"".join(parts)


def jpeg(width, height):
    """A small JPEG whose header declares another size."""
    content = encode(Image.new("L", (8, 8), 255), "JPEG")
    size = content.index(b"\xff\xc0") + 5
    return content[:size] + struct.pack(">HH", height, width) + content[size + 4 :]


BOMB = zlib.compress(b"0" * 80_000_000)
SEVEN_PNG = encode(ink.draw(SEVEN))
SEVEN_JPEG = encode(ink.draw(SEVEN), "JPEG")
ANIMATED = chunk(b"acTL", struct.pack(">II", 2, 0))
FRAME_5 = chunk(b"fcTL", struct.pack(">IIIIIHHBB", 5, 8, 8, 0, 0, 1, 1, 0, 0))

BAD_FILES = {
    "empty": (b"", 400, "empty_file"),
    "text": (b"seven", 415, "unsupported_type"),
    "HTML": (b"<!doctype html><p>7", 415, "unsupported_type"),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', 415, "unsupported_type"),
    "PDF": (b"%PDF-1.7\n%%EOF", 415, "unsupported_type"),
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


def test_plain_png_of_these_tests_is_a_picture(client):
    """What the bad ones here are made from is good."""
    assert texts(send(client, png(8, 8))) == [""]


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


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_file_is_an_error_that_helps(client, name):
    content, status, code = BAD_FILES[name]
    start = time.perf_counter()
    response = send(client, content)
    assert time.perf_counter() - start < 0.5  # bombs too: usually some milliseconds
    assert_error(response, status, code)
    page = send(client, content, url="/")  # the same for people
    assert page.status_code == status
    assert page.mimetype == "text/html"
    assert strict_json(response)["error"]["message"] in html.unescape(page.text)
    assert texts(send(client, SEVEN_PNG)) == ["7"]  # the next one is served


# --- Bad requests --------------------------------------------------------------------


@pytest.mark.parametrize("url", ["/api/predict", "/"])
@pytest.mark.parametrize(
    "header",
    [
        b'Content-Disposition: form-data; name="image"',
        b'Content-Disposition: form-data; name="picture"; filename="seven.png"',
        file_header(b""),
        file_header(b"\xff.png"),  # no UTF-8: the form is not understood
        b"no header",
    ],
)
def test_form_without_a_file_is_an_error(client, header, url):
    response = client.post(url, **form((header, SEVEN_PNG)))
    assert response.status_code == 400
    assert "Choose a picture" in response.text


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_any_file_name_is_only_shown(client, name):
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
    "JSON": {"json": {"note": "x" * 70_000}},
    "JSON spaces": {"data": b"{}" + b" " * 70_000, "content_type": "application/json"},
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_too_much_is_refused(client, name):
    response = client.post("/api/predict", **TOO_LARGE[name])
    assert_error(response, 413, "too_large")


def test_millions_of_brackets_cost_little(client):
    body = b"[" + b"[]," * 3_000_000
    tracemalloc.start()
    response = client.post("/api/predict", data=body, content_type="application/json")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert_error(response, 400, "bad_json")
    assert peak < 10 * len(body)  # parsed they are 20 times as long


def test_body_of_unknown_length_is_limited_too(client):
    endless = {"wsgi.input_terminated": True, "wsgi.input": io.BytesIO(bytes(20**6))}
    response = client.post(
        "/api/predict",
        content_type="application/json",
        environ_overrides=endless,
    )
    assert_error(response, 413, "too_large")


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


class Always:
    """A model that reads the same in every picture."""

    def __init__(self, reading):
        self.read = lambda _picture: reading


def one_digit(label, confidence):
    probabilities = np.full(10, (1 - confidence) / 9)
    probabilities[3] = confidence
    digit = Digit(label, confidence, probabilities, (1, 2, 30, 40), None)
    return Reading(label, (digit,))


@pytest.mark.parametrize("fault", [None, Always(one_digit("3", float("nan")))])
def test_fault_of_ours_is_told_without_details(client, app, monkeypatch, fault):
    monkeypatch.setitem(app.config, "TESTING", False)
    monkeypatch.setitem(app.extensions, "model", fault)
    assert_error(send(client, SEVEN_PNG), 500, "internal")
    monkeypatch.setitem(app.extensions, "model", None)
    page = send(client, SEVEN_PNG, url="/")
    assert (page.status_code, page.mimetype) == (500, "text/html")
    assert "NoneType" not in page.text


def test_limits_are_configuration(monkeypatch):
    monkeypatch.setenv("DIGITLIB_MAX_CONTENT_LENGTH", "1000")
    response = send(create_app().test_client(), bytes(1001))
    assert_error(response, 413, "too_large")


# --- Privacy and safety --------------------------------------------------------------


def test_nothing_is_written_to_disk(client, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", "/there/is/no/such/folder")
    large = encode(Image.new("L", (1500, 1500), 255), compress_level=0)
    assert len(large) > 2_000_000
    assert texts(send(client, large)) == [""]


@pytest.mark.parametrize("url", ["/", "/static/main.js", "/nothing", "/api/predict"])
def test_every_answer_is_protected(client, url):
    with client.get(url) as response:
        assert SECURITY_HEADERS.items() <= dict(response.headers).items()


def test_page_has_nothing_inline(client):
    page = send(client, SEVEN_PNG, b"bad", url="/").text
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|<script(?! type)", page)
    policy = SECURITY_HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "http" not in policy


def test_scripts_are_served_as_scripts(client):
    with client.get("/static/main.js") as response:
        assert response.mimetype == "text/javascript"


# --- The page without scripts --------------------------------------------------------


def test_page_shows_picture_box_text_and_bars(client):
    picture = encode(ink.draw(SEVEN).resize((3000, 3000)))  # is shown at less
    page = send(client, picture, url="/")
    shown = page.text.partition('id="results"')[2].partition("<template")[0]
    assert 'src="data:image/jpeg;base64,' in shown
    assert f'viewBox="0 0 {WORKING_SIDE} {WORKING_SIDE}"' in shown
    (x, y, width, height) = re.search(
        r'<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"', shown
    ).groups()
    box = load_model().read(ink.draw(SEVEN)).digits[0].box
    expected = np.array(box) / ink.PAD_SIDE * WORKING_SIDE
    x, y, width, height = int(x), int(y), int(width), int(height)
    assert np.allclose([x, y, x + width, y + height], expected, atol=10)
    assert re.search(r'<p class="text">7</p>', shown)
    assert shown.count("<li") == 10
    assert shown.count('class="best"') == 1


def test_page_explains_a_digit_that_is_not_accepted(client, app, monkeypatch):
    monkeypatch.setitem(app.extensions, "model", Always(one_digit("?", 0.4)))
    page = send(client, SEVEN_PNG, url="/").text
    assert re.search(r'<p class="text">\?</p>', page)
    assert '<p class="unsure">' in page  # the template's is hidden
    assert 'height="38" class="unsure"' in page


# --- Every way to serve --------------------------------------------------------------


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def server(*command, **environment):
    """Run `python -m ...` until the context ends; yields its port once it answers."""
    port = free_port()
    command = [part.format(port=port) for part in command]
    process = subprocess.Popen(
        [sys.executable, "-m", *command], cwd=ROOT, env=os.environ | environment
    )
    try:
        for _ in range(600):
            assert process.poll() is None, "the server has ended"
            try:
                health = f"http://127.0.0.1:{port}/healthz"
                with urllib.request.urlopen(health, timeout=5) as response:
                    assert json.load(response) == {"status": "ok", "model": "cnn"}
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(20)


COMMANDS = {
    "waitress": ["app", "--port", "{port}"],
    "flask": ["flask", "--app", "app", "run", "--port", "{port}"],
    "gunicorn": ["gunicorn", "--bind", "127.0.0.1:{port}", "app:create_app()"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_way_to_serve_reads_a_digit(name):
    if name == "gunicorn" and sys.platform == "win32":
        pytest.skip("gunicorn does not run on Windows")
    with server(*COMMANDS[name]) as port:
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/api/predict",
            json.dumps({"image": data_url(SEVEN_PNG)}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            assert json.load(response)["results"][0]["text"] == "7"


def exchange(port, *pieces):
    """Send raw bytes; the first line that comes back, b"" if the server hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
            connection.shutdown(socket.SHUT_WR)
        except OSError:  # closed while we were sending
            pass
        try:
            return connection.makefile("rb").readline()
        except OSError:
            return b""


def test_waitress_bounds_what_it_reads():
    start = b"POST /api/predict HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    megabyte = b"100000\r\n" + bytes(2**20) + b"\r\n"
    with server(*COMMANDS["waitress"]) as port:
        endless = exchange(
            port, start + b"Transfer-Encoding: chunked\r\n\r\n", *[megabyte] * 60
        )
        assert endless == b"" or b" 413 " in endless
        long = exchange(port, start + b"Content-Length: 50000000\r\n\r\n")
        assert b" 413 " in long
        wordy = exchange(port, start + b"X: " + b"x" * 300_000 + b"\r\n\r\n")
        assert wordy == b"" or b" 431 " in wordy
        half = [socket.create_connection(("127.0.0.1", port)) for _ in range(50)]
        for connection in half:
            connection.sendall(start + b"Content-Length: 1000\r\n\r\nhalf")
        begin = time.perf_counter()
        health = exchange(port, b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert b" 200 " in health
        assert time.perf_counter() - begin < 1
        for connection in half:
            connection.close()


def run_app(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_app_does_not_start_without_its_network(tmp_path):
    pointer = tmp_path / "cnn.tflite"
    pointer.write_text("version https://git-lfs.github.com/spec/v1\n")
    for path in (pointer, tmp_path / "missing.tflite"):
        with pytest.raises(ModelError):
            create_app({"MODEL": str(path)})
    result = run_app("--port", str(free_port()), DIGITLIB_MODEL=str(path))
    assert result.returncode == 1
    assert "no network" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_taken_port_is_one_line_that_names_the_option():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = run_app("--port", str(taken.getsockname()[1]))
    assert result.returncode == 1
    assert "--port" in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr


def test_serving_loads_no_tensorflow():
    code = (
        "import sys, app; app.create_app();"
        "sys.exit(bool({'tensorflow', 'keras'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
