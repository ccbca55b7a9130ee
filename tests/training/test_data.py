"""MNIST is loaded complete and checked, wherever it is, or not at all."""

import gzip
import http.server
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pooch
import pytest

from digitlib.__main__ import main
from digitlib.errors import DataError
from digitlib.training import data, people


@pytest.fixture
def no_data(monkeypatch, tmp_path):
    """A machine without MNIST and without internet."""
    monkeypatch.delenv("DIGITLIB_DATA", raising=False)
    monkeypatch.setattr(data, "PROJECT_DATA", tmp_path / "data")
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / "cache")
    monkeypatch.setattr(data, "MIRRORS", ("http://127.0.0.1:9/",))  # nobody listens
    return tmp_path


@pytest.fixture
def tiny_mnist(no_data, monkeypatch):
    """A folder with four small files in the format of MNIST, with their checksums."""
    folder = no_data / "stick"
    folder.mkdir()
    arrays = [np.arange(n * 4).reshape(n, 2, 2) for n in (6, 3)]
    arrays = [arrays[0], np.arange(6), arrays[1], np.arange(3)]
    files = {}
    for name, array in zip(data.FILES, arrays, strict=True):
        header = bytes([0, 0, 8, array.ndim])
        sizes = np.array(array.shape, ">u4").tobytes()
        (folder / name).write_bytes(header + sizes + array.astype(np.uint8).tobytes())
        packed = folder / f"{name}.gz"
        packed.write_bytes(gzip.compress((folder / name).read_bytes()))
        files[name] = tuple(
            pooch.file_hash(str(path)) for path in (packed, folder / name)
        )
        (folder / name).unlink()
    monkeypatch.setattr(data, "FILES", files)
    return folder


@pytest.fixture
def mirror(tiny_mnist, monkeypatch):
    """A mirror on this machine that serves the tiny files and counts the requests."""
    served = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(tiny_mnist))

        def log_message(self, *args):
            served.append(self.path)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(
        data, "MIRRORS", (*data.MIRRORS, f"http://127.0.0.1:{server.server_port}/")
    )
    yield served
    server.shutdown()
    server.server_close()


def assert_tiny(split):
    (x_train, y_train), (x_test, y_test) = split
    assert x_train.tolist() == np.arange(24).reshape(6, 2, 2).tolist()
    assert (y_train.tolist(), y_test.tolist()) == ([0, 1, 2, 3, 4, 5], [0, 1, 2])
    assert (x_test.shape, x_test.dtype) == ((3, 2, 2), np.uint8)


def test_named_folder_comes_first(tiny_mnist, monkeypatch):
    monkeypatch.setenv("DIGITLIB_DATA", str(tiny_mnist))
    assert_tiny(data.load_mnist())


def test_project_folder_comes_second(tiny_mnist):
    tiny_mnist.rename(data.PROJECT_DATA)
    assert_tiny(data.load_mnist())


def test_uncompressed_files_are_read_too(tiny_mnist, monkeypatch):
    for path in tiny_mnist.glob("*.gz"):
        path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
        path.unlink()
    monkeypatch.setenv("DIGITLIB_DATA", str(tiny_mnist))
    assert_tiny(data.load_mnist())


def test_download_uses_a_working_mirror_and_is_cached(mirror):
    assert_tiny(data.load_mnist())
    assert len(mirror) == 4
    assert_tiny(data.load_mnist())
    assert len(mirror) == 4


def test_several_at_once_all_get_complete_data(mirror):
    with ThreadPoolExecutor(6) as pool:
        for split in pool.map(lambda _: data.load_mnist(), range(6)):
            assert_tiny(split)


def test_damaged_download_is_refused_and_leaves_nothing(mirror, tiny_mnist, no_data):
    for path in tiny_mnist.glob("*.gz"):
        path.write_bytes(b"<html>Sign in to this network</html>")
    with pytest.raises(DataError, match="could not be downloaded"):
        data.load_mnist()
    assert list((no_data / "cache").glob("*-ubyte*")) == []


def test_missing_data_gives_a_message_with_the_remedy(no_data):
    with pytest.raises(DataError, match=r"put the four MNIST files\s+into"):
        data.load_mnist()


def test_without_pooch_the_sample_is_loaded(no_data, monkeypatch, capsys):
    monkeypatch.setattr(data, "find_spec", lambda name: None)
    (images, _), _ = data.load_mnist_or_sample()
    assert len(images) == 1500
    assert "pooch" in capsys.readouterr().out


@pytest.mark.parametrize(
    "damage", [lambda b: b[: len(b) // 2], lambda b: b"", bytes.upper]
)
def test_damaged_file_is_named(tiny_mnist, monkeypatch, damage):
    monkeypatch.setenv("DIGITLIB_DATA", str(tiny_mnist))
    path = tiny_mnist / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match=r"t10k-images.*delete it"):
        data.load_mnist()


def test_missing_file_is_named(tiny_mnist, monkeypatch):
    monkeypatch.setenv("DIGITLIB_DATA", str(tiny_mnist))
    (tiny_mnist / "train-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError, match=r"not train-labels-idx1-ubyte\.gz"):
        data.load_mnist()


def test_sample_keeps_the_contract():
    (x_train, y_train), (x_test, y_test) = data.load_sample()
    assert (x_train.shape, x_test.shape) == ((1500, 28, 28), (297, 28, 28))
    assert (x_train.dtype, set(y_train)) == (np.uint8, set(range(10)))
    heights = (x_train.max(axis=2) > 25).sum(axis=1)
    widths = (x_train.max(axis=1) > 25).sum(axis=1)
    assert np.maximum(heights, widths).max() <= 20
    assert len(y_test) == 297


def test_fallback_prints_one_line(no_data, capsys):
    (x_train, _), _ = data.load_mnist_or_sample()
    assert len(x_train) == 1500
    printed = capsys.readouterr().out
    assert printed.startswith("Using the small built-in sample")
    assert printed.count("\n") == 1


def test_mnist_is_validated_on_other_writers():
    images, labels = np.arange(60_000), np.arange(60_000) % 10
    (x, y), (x_validation, y_validation) = data.split_validation(images, labels)
    assert (len(x), len(x_validation)) == (54_944, 5_056)
    assert np.array_equal(np.sort(np.concatenate([x, x_validation])), images)
    assert np.array_equal(y, x % 10)
    assert np.array_equal(y_validation, x_validation % 10)


def test_validation_of_a_small_set_is_a_sixth():
    (x, _), (x_validation, _) = data.split_validation(np.arange(60), np.arange(60))
    assert (len(x), len(x_validation)) == (50, 10)


def test_real_mnist(mnist):
    """The 70,000 digits are complete, on a machine that has them."""
    (x_train, y_train), (x_test, y_test) = mnist
    assert (x_train.shape, x_test.shape) == ((60_000, 28, 28), (10_000, 28, 28))
    assert np.bincount(y_train).tolist() == [
        5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949,
    ]  # fmt: skip
    assert y_test[:5].tolist() == [7, 2, 1, 0, 4]


def test_download_command_says_that_mnist_is_complete(mnist, monkeypatch, capsys):
    loaded = []
    monkeypatch.setattr(people, "load_writers", lambda: loaded.append(True))
    assert main(["data"]) == 0
    assert loaded == [True]
    assert capsys.readouterr().out == (
        "MNIST is here, and whole.\nThe list of its writers is here, and whole.\n"
    )


def test_failed_download_command_says_what_to_do(monkeypatch, capsys):
    def fail():
        raise DataError("Connect to the internet.")

    monkeypatch.setattr(data, "load_mnist", fail)
    assert main(["data"]) == 1
    assert capsys.readouterr().err == "digitlib: Connect to the internet.\n"
