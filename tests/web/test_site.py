"""The page is written whole, over an earlier one, and over nothing else."""

import gzip
import io
import json
import re
import zipfile
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from digitlib.errors import DigitError
from digitlib.web import build, build_single, site
from digitlib.web.parts import read_parts
from digitlib.web.sample import SAMPLE

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def made_up(monkeypatch):
    """Parts without content: what they are is no matter here."""

    def gather(part, _folder):
        files = {name: f"/* {name} */".encode() for name in part.files.values()}
        if "litert.js" in files:
            files["litert.js"] = (
                b'import { createWasmLib } from "@litertjs/wasm-utils";'
            )
        if "litert_utils.js" in files:
            files["litert_utils.js"] = b"let createWasmLib;\nexport { createWasmLib };"
        return files

    monkeypatch.setattr(site, "gather", gather)


def listing(page):
    text = re.search(r'id="parts">(.*?)</script>', page.read_text("utf-8"))[1]
    return json.loads(text)


def test_the_folder_holds_all_that_the_page_names(tmp_path):
    build(tmp_path / "site")
    page = tmp_path / "site" / "index.html"
    for part in listing(page).values():
        assert (tmp_path / "site" / part["path"]).stat().st_size == part["size"]
    named = re.findall(r'(?:src|href)="([^"#:]+)"', page.read_text("utf-8"))
    assert "main.js" in named
    for name in named:
        assert (tmp_path / "site" / name).is_file()
    for script in (tmp_path / "site").glob("*.js"):
        for name in re.findall(r'from "\./(.*?)"', script.read_text("utf-8")):
            assert (tmp_path / "site" / name).is_file()


def test_every_part_that_the_worker_loads_is_there(tmp_path):
    made = build(tmp_path / "site")
    worker = (tmp_path / "site" / "worker.js").read_text("utf-8")
    listed = re.search(r"const NAMES = \[(.*?)\];", worker, re.DOTALL)[1]
    for name in re.findall(r'"([\w.-]+)"', listed):
        assert name in made.parts


def test_the_reading_is_packed_unchanged_with_its_networks(tmp_path):
    content = gzip.decompress(build(tmp_path / "site").parts["digitlib.zip"])
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        for path in (site.PACKAGE / "reading").glob("*.py"):
            assert packed.read(f"digitlib/reading/{path.name}") == path.read_bytes()
        listed = json.loads(packed.read("digitlib/models/manifest.json"))
        for name, entry in listed.items():
            network = packed.read(f"digitlib/models/{name}.tflite")
            assert entry["sha256"][".tflite"] == sha256(network).hexdigest()


def test_the_service_worker_names_this_version_and_its_files(tmp_path):
    made = build(tmp_path / "site")
    script = (tmp_path / "site" / "sw.js").read_text("utf-8")
    assert f" {made.version}`" in script
    names = json.loads(re.search(r"const FILES = (\[.*?\]);", script)[1])
    assert {"./", "main.js", "worker.js", "style.css"} <= set(names)
    parts = json.loads(re.search(r"const PARTS = (\[.*?\]);", script)[1])
    assert len(parts) == len(made.parts)
    for name in (*names, *parts):
        assert (tmp_path / "site" / name).exists()


def test_an_earlier_page_is_replaced_and_other_files_are_not(tmp_path):
    build(tmp_path / "site")
    (tmp_path / "site" / "main.js").write_text("old")
    (tmp_path / "site" / "parts" / "old.bin").write_text("old")
    build(tmp_path / "site")
    assert (tmp_path / "site" / "main.js").read_text("utf-8") != "old"
    assert not (tmp_path / "site" / "parts" / "old.bin").exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine")
    with pytest.raises(DigitError, match="holds other files"):
        build(tmp_path / "mine")
    assert [each.name for each in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_the_single_file_leads_nowhere(tmp_path):
    build_single(tmp_path / "digits.html")
    text = (tmp_path / "digits.html").read_text("utf-8")
    assert not re.findall(r'(?:src|href)="(?!data:|#|\{)[^"]', text)
    assert len(listing(tmp_path / "digits.html")) > len(read_parts())


@pytest.mark.parametrize("builder", [build, build_single])
def test_the_page_names_the_licences_of_what_is_in_it(tmp_path, builder):
    builder(tmp_path / "page", None)
    page = tmp_path / "page"
    text = (page / "index.html" if builder is build else page).read_text("utf-8")
    for part in read_parts():
        assert f"{part.name} {part.version} ({part.licence})" in text
    with np.load(SAMPLE) as sample:
        count = len(sample["labels"])
    assert (
        f"Measured with {count} digits of MNIST (LeCun, Cortes, Burges; CC BY-SA 3.0)"
        in text
    )


def test_the_same_page_has_the_same_version(tmp_path):
    assert build(tmp_path / "a").version == build(tmp_path / "b").version


def test_the_page_has_every_function_of_opencv_that_reading_calls():
    """Only a browser runs `web/python/cv2.py`, but names can be compared here."""
    shim = (ROOT / "web/python/cv2.py").read_text("utf-8")
    apart = {"decode", "picture_worker"}  # what opens files in processes of their own
    called = {
        name
        for path in (ROOT / "digitlib/reading").glob("*.py")
        if path.stem not in apart
        for name in re.findall(r"\bcv2\.(\w+)", path.read_text("utf-8"))
    }
    assert {name for name in called if not re.search(rf"\b{name}\b", shim)} == set()
