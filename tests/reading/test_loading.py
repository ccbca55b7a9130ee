"""Loading a network: which files are loaded or refused, and what messages advise."""

import io
import re
import shutil
import subprocess
import sys
import zipfile
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, requires

import numpy as np
import pytest

from digitlib.errors import ModelError
from digitlib.reading import loading, manifest
from digitlib.reading.loading import load_model


def test_every_shipped_file_matches_the_manifest():
    for name in ("mlp", "tiny", "lenet", "cnn"):
        for suffix in manifest.SUFFIXES:
            assert manifest.is_known(manifest.MODELS / f"{name}{suffix}")


def test_path_of_a_saved_network_is_loaded(tmp_path, seven):
    copy = shutil.copy(manifest.MODELS / "cnn.tflite", tmp_path / "mine.tflite")
    assert load_model(copy).read(seven).text == "7"


def test_keras_file_gives_the_same_reading(seven):
    cnn = load_model()
    keras_model = load_model(manifest.MODELS / "cnn.keras")
    (expected,), (digit,) = cnn.read(seven).digits, keras_model.read(seven).digits
    assert np.allclose(expected.probabilities, digit.probabilities, atol=1e-4)


def test_own_keras_file_is_read_by_its_tflite_unless_that_is_damaged(
    tmp_path, monkeypatch, seven
):
    hashes = {}
    for suffix in manifest.SUFFIXES:
        own = shutil.copy(manifest.MODELS / f"cnn{suffix}", tmp_path / f"own{suffix}")
        hashes[suffix] = manifest.sha256(own)
    manifest.write_json(tmp_path / "manifest.json", {"own": {"sha256": hashes}})
    opened = []
    load_keras = loading._load_keras
    monkeypatch.setattr(
        loading, "_load_keras", lambda path: opened.append(path) or load_keras(path)
    )
    path = tmp_path / "own.keras"
    assert load_model(path).read(seven).text == "7"
    assert opened == []
    path.with_suffix(".tflite").write_bytes(b"damaged")
    assert load_model(path).read(seven).text == "7"
    assert opened == [path]


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """A copy of models/ that a test may damage."""
    folder = tmp_path / "models"
    shutil.copytree(manifest.MODELS, folder)
    monkeypatch.setattr(manifest, "MODELS", folder)
    return folder / "cnn.tflite"


LFS_POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n"
DAMAGES = {
    "truncated": lambda content: content[:-1000],
    "changed": lambda content: content[:-1] + b"\x00",
    "empty": lambda content: b"",
    "git-lfs pointer": lambda content: LFS_POINTER,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_network_is_refused_with_a_remedy(shipped, damage):
    shipped.write_bytes(DAMAGES[damage](shipped.read_bytes()))
    with pytest.raises(ModelError, match=r"cnn\.tflite is damaged.*git checkout"):
        load_model()


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_network_of_the_users_own_is_refused_too(tmp_path, damage):
    own = tmp_path / "own.tflite"
    content = (manifest.MODELS / "mlp.tflite").read_bytes()
    own.write_bytes(DAMAGES[damage](content)[: len(content) // 2])
    with pytest.raises(ModelError, match=r"own\.tflite"):
        load_model(own)


@pytest.mark.slow
def test_keras_file_that_was_cut_or_is_something_else_is_refused(tmp_path):
    whole = (manifest.MODELS / "mlp.keras").read_bytes()
    contents = [whole[: len(whole) * tenth // 10] for tenth in range(10)]
    for parts in ({}, {"config.json": "{"}, {"config.json": '{"class_name": "exec"}'}):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as file:
            for name, text in parts.items():
                file.writestr(name, text)
        contents.append(made.getvalue())
    own = tmp_path / "own.keras"
    for content in contents:
        own.write_bytes(content)
        with pytest.raises(ModelError, match=r"own\.keras is not a network"):
            load_model(own)


def test_missing_network_is_refused_with_a_remedy(shipped):
    shipped.unlink()
    with pytest.raises(ModelError, match=r"no network at .*cnn\.tflite.*make train"):
        load_model()


def test_unknown_name_is_refused():
    with pytest.raises(ModelError, match="resnet"):
        load_model("resnet")


def test_network_that_gives_no_numbers_is_refused(monkeypatch):
    nan = np.full((1, 10), np.nan)
    monkeypatch.setattr(
        loading, "_load_litert", lambda path: (lambda glyphs: nan, None)
    )
    with pytest.raises(ModelError, match="ten probabilities"):
        load_model()


def test_reading_loads_what_the_package_needs_and_nothing_more(seven, tmp_path):
    """Distributions of the extras may not be installed, so none of them is loaded."""
    seven.save(tmp_path / "seven.png")
    code = (
        "import sys; from importlib.metadata import packages_distributions;"
        "before = set(sys.modules);"
        "from digitlib.reading import load_model; load_model().read(sys.argv[1]);"
        "loaded = {name.partition('.')[0] for name in set(sys.modules) - before};"
        "known = packages_distributions();"
        "print(*{each for name in loaded for each in known.get(name, [])})"
    )
    command = [sys.executable, "-c", code, tmp_path / "seven.png"]
    loaded = subprocess.check_output(command, text=True).lower().replace("_", "-")
    assert "numpy" in loaded
    assert set(loaded.split()) <= needed("digitlib")


def needed(distribution):
    """Return what a distribution needs, recursively, here and without extras."""
    names = {distribution}
    for line in requires(distribution) or []:
        name, _, marker = line.partition(";")
        name = re.match(r"[\w.-]+", name)[0].lower().replace("_", "-")
        with suppress(PackageNotFoundError):  # for another system
            names |= set() if "extra ==" in marker else needed(name)
    return names
