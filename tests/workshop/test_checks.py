"""What a presenter learns before the class comes."""

import gzip
import hashlib
import shutil
import socket

import pytest

from digitlib.reading import manifest
from digitlib.training import data
from digitlib.workshop import checks
from digitlib.workshop.capacity import KERNEL_MEMORY, RESERVE, measure
from digitlib.workshop.serving import HOST, Page

IDX = bytes([0, 0, 8, 1, 0, 0, 0, 2, 7, 1])  # two labels: 7 and 1


@pytest.fixture
def models(monkeypatch, tmp_path):
    """A copy of the shipped networks, to be damaged."""
    folder = shutil.copytree(manifest.MODELS, tmp_path / "models")
    monkeypatch.setattr(manifest, "MODELS", folder)
    return folder


@pytest.fixture
def mnist_files(monkeypatch, tmp_path):
    """Four files of a tiny data set, in the folder of DIGITLIB_DATA."""
    sums = (hashlib.sha256(gzip.compress(IDX)).hexdigest(),)
    sums += (hashlib.sha256(IDX).hexdigest(),)
    monkeypatch.setattr(data, "FILES", dict.fromkeys(data.FILES, sums))
    monkeypatch.setattr(data, "PROJECT_DATA", tmp_path / "none")
    monkeypatch.setattr("pooch.os_cache", lambda project: tmp_path / "cache")
    monkeypatch.setenv("DIGITLIB_DATA", str(tmp_path))
    files = [tmp_path / f"{name}.gz" for name in data.FILES]
    for file in files:
        file.write_bytes(gzip.compress(IDX))
    return files


def test_shipped_networks_are_undamaged():
    assert checks.check_models("mlp").state == "well"


@pytest.mark.parametrize("defect", ["damaged", "missing"])
def test_a_damaged_network_is_named_with_the_remedy(models, defect):
    file = models / "lenet.keras"
    file.unlink() if defect == "missing" else file.write_bytes(
        b"version https://git-lfs"
    )
    finding = checks.check_models("cnn")
    assert finding.state == "wrong"
    assert finding.message.startswith("lenet.keras:")
    assert "git checkout models" in finding.message


def test_the_chosen_network_must_read(tmp_path):
    (tmp_path / "class.tflite").write_bytes(b"nothing")
    assert checks.check_models(str(tmp_path / "class.tflite")).state == "wrong"


def test_mnist_is_found_with_all_its_files(mnist_files):
    assert set(checks.find_mnist().values()) == set(mnist_files)
    finding = checks.check_data()
    assert (finding.state, str(mnist_files[0].parent) in finding.message) == (
        "well",
        True,
    )


def test_missing_mnist_is_only_a_warning(mnist_files):
    for file in mnist_files:
        file.unlink()
    finding = checks.check_data()
    assert finding.state == "warning"
    assert "DIGITLIB_DATA" in finding.message


def test_a_damaged_file_is_named(mnist_files):
    mnist_files[2].write_bytes(b"half")
    finding = checks.check_data()
    assert (finding.state, str(mnist_files[2]) in finding.message) == ("warning", True)


def test_missing_digits_of_people_are_a_warning_with_the_remedy(mnist_files, tmp_path):
    finding = checks.check_people()
    assert finding.state == "warning"
    assert "Swiss digits are not on this machine (lessons 5 and 7)" in finding.message
    assert "`digitlib data --people`" in finding.message
    for name in ("mnist/qmnist_writers", "swiss/digits"):
        path = tmp_path / "cache" / f"{name}.npz"
        path.parent.mkdir(parents=True)
        path.touch()
    assert checks.check_people().state == "well"


def test_without_the_package_that_downloads_nothing_was_downloaded(
    monkeypatch, mnist_files
):
    monkeypatch.setenv("DIGITLIB_DATA", "")
    monkeypatch.setattr(data, "find_spec", lambda name: None)
    assert checks.check_data().state == "warning"


def test_a_taken_port_is_wrong():
    with socket.create_server((HOST, 0)) as taken:
        page = Page("web app", taken.getsockname()[1], "app-port", [], "/")
        finding = checks.check_ports([page], HOST)
    assert (finding.state, "--app-port" in finding.message) == ("wrong", True)
    assert checks.check_ports([page], HOST).state == "well"


@pytest.mark.parametrize(
    ("kernels", "state"), [(0, "wrong"), (10, "warning"), (60, "well")]
)
def test_memory_for_a_class(kernels, state):
    available = RESERVE + kernels * KERNEL_MEMORY
    assert checks.check_memory(available, measure(available)).state == state


def test_others_must_reach_this_machine():
    assert checks.check_network(HOST).state == "wrong"
    assert checks.check_network("10.42.0.1").state == "well"


def test_problems_stand_out():
    lines = [str(checks.Finding("ports", "...", state)) for state in checks.MARKS]
    assert len({line[:2] for line in lines}) == 3
    assert len({line.index("ports") for line in lines}) == 1
