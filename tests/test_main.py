"""The command line says what it read, and goes on after a bad file."""

import json
import shutil

import pytest

from digitlib.__main__ import main


@pytest.fixture
def files(seven, one, tmp_path):
    """A 7, a text file with a picture's name, and a 1."""
    paths = [tmp_path / name for name in ("seven.png", "bad.png", "one.jpg")]
    seven.save(paths[0])
    paths[1].write_text("no picture")
    one.save(paths[2])
    return [str(path) for path in paths]


def test_text_comes_first_and_bad_files_go_to_stderr(files, capsys):
    assert main(["predict", *files]) == 1
    out, err = capsys.readouterr()
    assert [line.split("\t")[0] for line in out.splitlines()] == ["7", "1"]
    assert err.count("\n") == 1
    assert err.startswith(f"{files[1]}: The file is not a picture")


def test_good_files_give_exit_status_zero(files, capsys):
    assert main(["predict", files[0]]) == 0


def test_json_is_one_object_a_line(files, capsys):
    main(["predict", "--json", files[0], files[2]])
    readings = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [reading["text"] for reading in readings] == ["7", "1"]
    assert readings[0]["filename"] == files[0]


def test_unknown_network_is_one_line_on_stderr(files, capsys):
    assert main(["predict", "--network", "nowhere", files[0]]) == 1
    assert capsys.readouterr().err.startswith("digitlib: There is no network")


def test_training_without_data_is_one_line_on_stderr(monkeypatch, capsys, tmp_path):
    from digitlib import data

    monkeypatch.setenv("DIGITLIB_DATA", "")
    monkeypatch.setattr(data, "PROJECT_DATA", tmp_path)
    monkeypatch.setattr(data, "MIRRORS", ())
    monkeypatch.setattr("pooch.os_cache", lambda project: tmp_path / "cache")
    assert main(["train"]) == 1
    assert "put the four MNIST files" in capsys.readouterr().err


def test_evaluation_prints_a_table_and_writes_figures_beside_the_network(
    monkeypatch, capsys, tmp_path
):
    from digitlib import data, manifest, refusal, report

    (x_train, y_train), (x_test, y_test) = data.load_sample()
    few = (x_train, y_train), (x_test[:40], y_test[:40])
    folder = shutil.copytree(manifest.MODELS, tmp_path / "models")
    monkeypatch.setattr(manifest, "MODELS", folder)
    monkeypatch.setattr(data, "load_mnist", lambda: few)
    monkeypatch.setattr(report, "DISPUTED", (0, 1))
    monkeypatch.setattr(refusal, "PAPERS", 1)
    (folder / "metrics.json").unlink()
    assert main(["evaluate", "--network", "mlp"]) == 0
    metrics = json.loads((folder / "metrics.json").read_text())["mlp"]
    out = capsys.readouterr().out
    assert f"test_accuracy {metrics['test_accuracy']}" in " ".join(out.split())
    assert f"0: label {y_test[0]}, read" in out
    figures = sorted((folder / "figures").glob("mlp_*.png"))
    assert len(figures) == 4
    assert all(str(figure) in out for figure in figures)
