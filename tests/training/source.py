"""Made-up sources in the form of the real ones, and a server that can break off."""

import gzip
import http.server
import io
import json
import os
import tarfile
import threading
import zipfile
from pathlib import PurePosixPath

import numpy as np
import pytest
from PIL import Image

from digitlib.training import archives, sources
from digitlib.training.unipen import alias

ETAG = '"as it was packed today"'
CLERK, STUDENT, IN_TEST, BEYOND = 12, 2154, 2578, 2599  # writers, by NIST's numbers

KEPT = {
    "why": "for the test",
    "swiss/digits": ["0001_CH4M"],
    "unipen/digits": [alias("aga/Ann"), alias("ibm/Ina")],
    "unipen/strings": [alias("sta/Sam")],
    "unipen/capitals": [alias("aga/Ann")],
    "unipen/small_letters": [alias("aga/Ann")],
    "unipen/signs": [alias("aga/Ann")],
}
# In components 0 to 5 of Ann's file, the second one was recorded with the pen up.
POINTS = """.VERSION 1.0
.WRITER_ID  {}
.PEN_DOWN
1 10
2 20 500
3 30
.PEN_UP
4 40
.PEN_DOWN
5 50
6 60
.PEN_UP
.PEN_DOWN
7 70
.PEN_DOWN
	0 0

	100 100
.PEN_UP
.PEN_DOWN
200 0
200 100
"""
UNIPEN = {
    "include/aga/words.lex": ".LEXICON\n",
    "include/aga/data/ann.dat": ".INCLUDE aga/words.lex\n" + POINTS.format("Ann"),
    "include/aga/data/bob.dat": POINTS.format("Bob"),
    "include/ibm/ina.dat": POINTS.format("Ina"),
    "include/sta/sam.dat": POINTS.format("Sam"),
    "data/1a/aga/ann.dat": """.INCLUDE aga/data/ann.dat
.SEGMENT CHARACTER 0 ? "1"
.SEGMENT CHARACTER 0-2 OK "4"
.SEGMENT CHARACTER 0:1-2:0 ? "7"
.SEGMENT CHARACTER 3,2 ? "5"
.SEGMENT CHARACTER 1 ? "6"
""",
    "data/1a/aga/bob.dat": '.INCLUDE aga/data/bob.dat\n.SEGMENT CHARACTER 0 ? "8"\n',
    "data/1a/ibm/ina.dat": '.INCLUDE ibm/ina.dat\n.SEGMENT CHARACTER 0 ? "9"\n',
    "data/1b/aga/ann.dat": '.INCLUDE aga/data/ann.dat\n.SEGMENT CHARACTER 3 ? "A"\n',
    "data/1c/aga/ann.dat": '.INCLUDE aga/data/ann.dat\n.SEGMENT CHARACTER 3 ? "a"\n',
    "data/1d/aga/ann.dat": r""".INCLUDE aga/data/ann.dat
.SEGMENT CHARACTER 3 ? "\""
""",
    "data/7/sta/sam.dat": """.INCLUDE sta/sam.dat
.SEGMENT WORD 4-5 OK "11"
.SEGMENT WORD 5 OK "123"
.SEGMENT WORD 4-5 OK "hello"
""",
    "data/8/sta/sam.dat": '.INCLUDE sta/sam.dat\n.SEGMENT TEXT 4 OK "two"\n',
    "README.md": "About it.",
}
# Greek is in both archives; each of its drawings counts once.
GREEK = {
    "Greek/character02/0395_01.txt": "START\n5,-6,0\nBREAK\n",
    "Greek/character01/0394_10.txt": "START\n9,-9,0\nBREAK\n",
    "Greek/character01/0394_02.txt": """START
1.5,-2.25,0
3,-4,17
BREAK
7,-8,40
BREAK
""",
}
OMNIGLOT = (
    {**GREEK, "Balinese/character01/0108_01.txt": "START\n1,-1,0\nBREAK\n"},
    {**GREEK, "Tagalog/character17/0909_20.txt": "START\n2,0,0\nBREAK\n"},
)


def qmnist_file(rows: list[tuple[int, int]]) -> bytes:
    """Pack (series, writer) of digits as QMNIST does: 8 columns of big-endian int32."""
    table = np.zeros((len(rows), 8), ">i4")
    table[:, 1:3] = rows
    header = np.array([0x0C02, *table.shape], ">u4")
    return gzip.compress(header.tobytes() + table.tobytes())


def swiss_files() -> dict[str, bytes]:
    """Make scans of two writers, one of whom is kept, in the source's formats."""
    files = {"LICENSE": b"for the program"}
    for writer, mode in (("0001_CH4M", "1"), ("0002_CH5M", "RGBA")):
        for digit, name in ((7, "number-2"), (0, "number-1"), (7, "number-10")):
            picture = io.BytesIO()
            Image.new(mode, (90, 100), "white").save(picture, "PNG")
            path = f"numbers/{writer}/{digit}/{name}.png"
            files[path] = picture.getvalue()
    return files


def archive(files: dict[str, bytes], top: str = "repository-1234") -> bytes:
    """Pack files as GitHub does, in a folder with a name of its own."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for path, content in files.items():
            member = tarfile.TarInfo(f"{top}/{path}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def drawings_archive(number: int) -> bytes:
    """Pack drawings as Omniglot does, with what the packing machine left beside."""
    packed, top = io.BytesIO(), f"strokes_background_small{number}"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{top}/Greek/", b"")
        archive.writestr(f"{top}/Greek/.DS_Store", b"\0\xff")
        for path, text in OMNIGLOT[number - 1].items():
            archive.writestr(f"{top}/{path}", text)
            folder, _, name = path.rpartition("/")
            archive.writestr(f"__MACOSX/{top}/{folder}/._{name}", b"\0\xff")
    return packed.getvalue()


class Server:
    """A server on this machine, with what it serves and what it was asked.

    Attributes:
        files: the content of each, by the last part of its URL.
        asked: the last part of each URL and the range, as they come.
        breaks_after: bytes of an answer after which the connection breaks, each used
            for one answer.
        etag: which version of the files this is.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.breaks_after: list[int] = []
        self.etag = ETAG
        self.http = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), type("Handler", (_Handler,), {"source": self})
        )
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(
            target=self.http.serve_forever, args=(0.01,), daemon=True
        ).start()

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    source: Server

    def log_message(self, *args):
        pass

    def do_GET(self):
        name, source = self.path.rpartition("/")[2], self.source
        wanted = self.headers.get("Range")
        source.asked.append((name, wanted))
        if name not in source.files:
            return self.send_error(404)
        content, start = source.files[name], 0
        if wanted and self.headers.get("If-Range") == source.etag:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(content):
                return self.send_error(416)
        self.send_response(206 if start else 200)
        self.send_header("ETag", source.etag)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        end = start + source.breaks_after.pop(0) if source.breaks_after else None
        self.wfile.write(content[start:end])


def serve_everything(server: Server, monkeypatch, folder) -> None:
    """Serve all four sources, and have digitlib take them for the real ones."""
    server.files = {
        archives.QMNIST.files[0]: qmnist_file([(0, CLERK), (4, STUDENT), (0, CLERK)]),
        archives.QMNIST.files[1]: qmnist_file([(4, IN_TEST)] * 2 + [(4, BEYOND)]),
        f"{archives.SWISS.commit}.tar.gz": archive(swiss_files()),
        f"{archives.UNIPEN.commit}.tar.gz": archive(
            {path: text.encode() for path, text in UNIPEN.items()}
        ),
        "strokes_background_small1.zip": drawings_archive(1),
        "strokes_background_small2.zip": drawings_archive(2),
    }
    monkeypatch.setattr(sources, "RAW", server.url + "/{}/{}/{}")
    monkeypatch.setattr(sources, "ARCHIVE", server.url + "/{}/archive/{}.tar.gz")
    monkeypatch.setattr(archives, "MNIST_SIZES", {"train": 3, "test": 2})
    monkeypatch.setattr(archives, "KEPT", folder / "writers.json")
    (folder / "writers.json").write_text(json.dumps(KEPT))
    for source in archives.PEOPLE:
        names = source.files or (f"{source.commit}.tar.gz",)
        paths = [folder / PurePosixPath(name).name for name in names]
        for path in paths:
            path.write_bytes(server.files[path.name])
        for name, arrays in zip(source.sets, source.read(paths), strict=True):
            monkeypatch.setitem(sources.DIGESTS, name, (sources.digest(arrays),))


def need_real_sets(needed: tuple[sources.Source, ...] = archives.PEOPLE[:3]) -> None:
    """Skip a test on a machine without the real files; nothing is downloaded for it."""
    found = (sources._find(name) for source in needed for name in source.sets)
    if not os.environ.get("DIGITLIB_DATA") or not all(found):
        pytest.skip("needs the sets of people's digits, where DIGITLIB_DATA says")
