"""New files replace the old ones, and a kill at any moment does no harm."""

import os
import shutil

import pytest

from digitlib.errors import ModelError
from digitlib.reading import manifest
from tests.together import run_together


def stage(folder, content):
    folder.mkdir(parents=True)
    for suffix in manifest.SUFFIXES:
        (folder / f"net{suffix}").write_text(content + suffix)
    return folder


@pytest.fixture
def models(tmp_path):
    folder = tmp_path / "models"
    folder.mkdir()
    manifest.publish("net", stage(tmp_path / "first", "old"), {"seed": 0}, folder)
    return folder


def test_published_files_are_known_and_recorded(models):
    entry = manifest.read(models)["net"]
    assert entry["seed"] == 0
    assert set(entry) == {"seed", "sha256"}
    for suffix in manifest.SUFFIXES:
        assert manifest.is_known(models / f"net{suffix}")
        assert entry["sha256"][suffix] == manifest.sha256(models / f"net{suffix}")


def test_changed_file_is_unknown(models):
    (models / "net.tflite").write_text("something else")
    assert not manifest.is_known(models / "net.tflite")


def test_entries_of_other_networks_stay(models, tmp_path):
    second = stage(tmp_path / "second", "x")
    for path in second.iterdir():
        path.rename(second / path.name.replace("net", "other"))
    manifest.publish("other", second, {}, models)
    assert set(manifest.read(models)) == {"net", "other"}


# Publishes again and again, each time in a process that is killed at a later line of
# the code that does it, until one is not killed. Nothing is put right in between.
KILLS = """
import os, signal, sys
from pathlib import Path
from digitlib import files
from digitlib.reading import manifest

folder, staging = map(Path, sys.argv[1:])
CODE = {files.__file__, manifest.__file__}

def publish(number):
    for suffix in manifest.SUFFIXES:
        (staging / f"net{suffix}").write_text(f"{number}{suffix}")
    manifest.publish("net", staging, {"number": number}, folder)

def die(after):
    def trace(frame, event, arg):
        nonlocal after
        after -= event == "line"
        if after == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace if frame.f_code.co_filename in CODE else None
    return trace

def check():
    for suffix in manifest.SUFFIXES:
        path = folder / f"net{suffix}"
        entry = manifest.find_entry(path)
        assert entry, "unknown"
        assert path.read_text() == f"{entry['number']}{suffix}", "another's entry"

publish(0)
for kills in range(1, 10_000):
    child = os.fork()
    if not child:
        sys.settrace(die(kills))
        publish(kills)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    check()
    if status == 0:
        break
print(kills - 1)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="needs fork and SIGKILL")
def test_kills_at_every_line_leave_both_files_known_with_their_own_entry(tmp_path):
    folder, staging = tmp_path / "models", tmp_path / "staging"
    for each in (folder, staging):
        each.mkdir()
    (kills,) = run_together(KILLS, [(folder, staging)])
    assert int(kills) >= 40
    assert "replaces" not in manifest.read(folder)["net"]
    names = {path.name for path in folder.iterdir()}
    assert {"net.keras", "net.tflite", "own.json"} == names


PUBLISH = """
import sys
from pathlib import Path
from digitlib.reading import manifest
folder, name = Path(sys.argv[1]), sys.argv[2]
staging = folder / f"staging-{name}"
staging.mkdir()
for i in range(20):
    for suffix in manifest.SUFFIXES:
        (staging / f"{name}{suffix}").write_text(f"{name} {i}")
    manifest.publish(name, staging, {"n": i}, folder)
"""


def test_networks_that_are_saved_at_once_are_all_listed(tmp_path):
    run_together(PUBLISH, [(tmp_path, name) for name in ("anna", "bert", "cleo")])
    entries = manifest.read(tmp_path)
    assert {name: entry["n"] for name, entry in entries.items()} == {
        "anna": 19,
        "bert": 19,
        "cleo": 19,
    }
    for name in entries:
        assert all(manifest.is_known(path) for path in tmp_path.glob(f"{name}.*"))


CHANGE = """
import sys
from pathlib import Path
from digitlib.reading import manifest
for i in range(30):
    with manifest.changing(Path(sys.argv[1]) / "seeds.json") as content:
        content.setdefault("cnn", {})[f"{sys.argv[2]}{i}"] = 1
"""


def test_figures_that_are_recorded_at_once_all_stay(tmp_path):
    run_together(CHANGE, [(tmp_path, name) for name in "abc"])
    assert len(manifest.read_json(tmp_path / "seeds.json")["cnn"]) == 90


def test_no_manifest_no_entries(tmp_path):
    assert manifest.read(tmp_path) == {}
    (tmp_path / "net.tflite").write_text("x")
    assert not manifest.is_known(tmp_path / "net.tflite")


def test_own_network_saved_with_the_keys_of_before_keeps_its_figures(models):
    old = {"own": {"least_confidence": 0.7, "views": [-7, 7], "seed": 1}}
    manifest.write_json(models / manifest.OWN, old)
    new = {"threshold": 0.7, "tta_rotations": [-7, 7], "seed": 1}
    assert manifest.read(models)["own"] == new


def test_network_half_way_published_by_an_older_digitlib_is_known(models):
    old = manifest.read(models)["net"]
    entry = old | {"sha256": {".tflite": "0"}, "replaces": old["sha256"]}
    manifest.write_json(models / manifest.OWN, {"net": entry})
    assert manifest.is_known(models / "net.tflite")


DAMAGED = [
    "",
    "[]",
    "null",
    "[" * 100_000,
    '{"mlp": null}',
    '{"mlp": {"sha256": "no"}}',
    '{"mlp": {"threshold": "no"}}',
    '{"mlp": {"replaces": [1]}}',
    "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n",
    b"\xff\xfe",
]


@pytest.mark.parametrize("name", [manifest.LISTING, manifest.OWN])
@pytest.mark.parametrize("content", DAMAGED, ids=range(len(DAMAGED)))
def test_damaged_list_is_a_sentence_with_the_remedy(tmp_path, name, content):
    content = content if isinstance(content, bytes) else content.encode()
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelError, match=f"{name} is damaged: .*(git|again)"):
        manifest.read(tmp_path)


LISTS = ["manifest.json", "own.json", "metrics.json", "seeds.json"]


@pytest.mark.parametrize("name", LISTS)
def test_list_that_was_cut_anywhere_is_a_sentence(tmp_path, name):
    shipped = manifest.LISTING if name == manifest.OWN else name  # it is like that
    whole = (manifest.MODELS / shipped).read_bytes()
    for tenth in range(10):
        (tmp_path / name).write_bytes(whole[: len(whole) * tenth // 10])
        with pytest.raises(ModelError, match=f"{name} is damaged: "):
            manifest.read_json(tmp_path / name)


@pytest.mark.parametrize("name", ["manifest.json", "own.json", "metrics.json"])
def test_page_of_a_damaged_list_does_not_start_but_says_why(
    tmp_path, monkeypatch, name
):
    from app import create_app

    folder = shutil.copytree(manifest.MODELS, tmp_path / "models")
    monkeypatch.setattr(manifest, "MODELS", folder)
    (folder / name).write_text('{"cnn": {')
    with pytest.raises(ModelError, match=f"^models/{name} is damaged: "):
        create_app({"MODEL": "mlp"})


def test_publishing_into_a_folder_with_a_damaged_list_changes_nothing(models, tmp_path):
    (models / manifest.OWN).write_text("{")
    with pytest.raises(ModelError, match="is damaged"):
        manifest.publish("net", stage(tmp_path / "second", "new"), {}, models)
    assert (models / "net.keras").read_text() == "old.keras"
