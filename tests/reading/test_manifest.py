"""New files replace the old ones, and a kill at any moment does no harm."""

import json
import os

import pytest

from digitlib.reading import manifest


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


@pytest.mark.parametrize("moves", range(4))
def test_kill_between_any_two_moves_leaves_only_known_files(
    models, tmp_path, monkeypatch, moves
):
    """Publishing moves four files; the process is killed after the first, second ..."""
    real, left = os.replace, [moves]

    def replace(source, target):
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(KeyboardInterrupt):
        manifest.publish("net", stage(tmp_path / "second", "new"), {}, models)
    assert all(manifest.is_known(models / f"net{end}") for end in manifest.SUFFIXES)
    json.loads((models / "own.json").read_text())


def test_no_manifest_no_entries(tmp_path):
    assert manifest.read(tmp_path) == {}
    (tmp_path / "net.tflite").write_text("x")
    assert not manifest.is_known(tmp_path / "net.tflite")


def test_own_network_saved_with_the_keys_of_before_keeps_its_figures(models):
    old = {"own": {"least_confidence": 0.7, "views": [-7, 7], "seed": 1}}
    manifest.write_json(models / manifest.OWN, old)
    new = {"threshold": 0.7, "tta_rotations": [-7, 7], "seed": 1}
    assert manifest.read(models)["own"] == new
