"""The command line says what it read, and goes on after a bad file."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from digitlib import __version__, web
from digitlib.__main__ import main
from digitlib.batch import batch, patterns
from digitlib.classset import store
from digitlib.reading import Digit, PageReading, Reading, manifest
from digitlib.workshop import demo, usb, workshop
from tests import filing

ROOT = Path(__file__).parents[1]


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


def test_each_digit_has_its_confidence(monkeypatch, capsys):
    digits = [
        Digit(label, confidence, np.zeros(10), (0, 0, 1, 1), np.zeros((28, 28, 1)))
        for label, confidence in (("4", 1.0), ("2", 0.953))
    ]
    reading = Reading.of(*digits)
    page = PageReading(1, 1, "a.png", reading)
    model = SimpleNamespace(read_pages=lambda file, name: [page])
    monkeypatch.setattr("digitlib.reading.load_model", lambda network: model)
    assert main(["predict", "a.png"]) == 0
    assert capsys.readouterr().out == "42\ta.png\tover 99.9 %, 95.3 %\n"


def test_each_page_is_named(one, seven, capsys, tmp_path):
    file = tmp_path / "scan.tif"
    file.write_bytes(filing.damage_page(filing.tiff(seven, one, one), 2))
    assert main(["predict", str(file)]) == 1
    out, err = capsys.readouterr()
    seen = [line.split("\t")[:2] for line in out.splitlines()]
    assert seen == [["7", f"page 1 of {file}"], ["1", f"page 3 of {file}"]]
    assert err.startswith(f"page 2 of {file}: The picture is damaged")
    main(["predict", "--json", str(file)])
    readings = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(each["page"], each["pages"]) for each in readings] == [(1, 3), (3, 3)]


def test_good_files_give_exit_status_zero(files, capsys):
    assert main(["predict", files[0]]) == 0


def test_json_is_one_object_a_line(files, capsys):
    main(["predict", "--json", files[0], files[2]])
    readings = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [reading["text"] for reading in readings] == ["7", "1"]
    assert readings[0]["filename"] == files[0]


def test_whatever_one_picture_raises_is_that_pictures_error(files, capsys, monkeypatch):
    from digitlib.reading.predict import Model

    read = Model.read_pages

    def fail(self, source, name=""):
        if "bad" in name:
            raise IndexError("index -1 is out of bounds")
        return read(self, source, name)

    monkeypatch.setattr(Model, "read_pages", fail)
    assert main(["predict", *files]) == 1
    out, err = capsys.readouterr()
    assert [line.split("\t")[0] for line in out.splitlines()] == ["7", "1"]
    assert err.splitlines() == [
        f"{files[1]}: This is an error in the program (IndexError): please report it,"
        " with the picture."
    ]


def test_name_of_a_file_does_nothing_to_the_terminal(seven, capsys, tmp_path):
    good, bad = tmp_path / "\x1b]0;x\x07.png", tmp_path / "\x1b[31m.png"
    seven.save(good)
    bad.write_text("no picture")
    missing = str(tmp_path / "\x1b[2J")
    assert main(["predict", str(good), str(bad), missing]) == 1
    assert main(["predict", "--network", missing, str(good)]) == 1
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err
    assert r"\x1b]0;x\x07.png" in out


@pytest.mark.skipif(os.name != "posix", reason="needs a shell and `head`")
def test_reader_that_has_seen_enough_ends_it_without_a_traceback(files):
    command = f"{sys.executable} -m digitlib predict --network mlp"
    command += f" {' '.join([files[0]] * 200)} | head -1"
    done = subprocess.run(
        command, shell=True, cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("7\t")
    assert done.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is full")
def test_disk_that_is_full_is_a_sentence(files):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "digitlib", "predict", files[0]],
            cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("digitlib: No space left on device. Mend that")


BAD_TARGETS = [
    ["predict", "{missing}"],
    ["predict", "{text}"],
    ["predict", "{folder}"],
    ["predict", "{loop}"],
    ["predict", "{text}/x.png"],
    ["predict", "{pipe}"],
    ["predict", "a" * 5000],
    ["predict", "{picture}", "--network", "{missing}"],
    ["predict", "{picture}", "--network", "{text}"],
    ["predict", "{picture}", "--network", "{folder}"],
    ["predict", "{picture}", "--network", "{folder}.tflite"],
    ["predict", "{picture}", "--network", "{cut}"],
    ["predict", "{picture}", "--network", "{listed}"],
    ["predict", "--glob", "{missing}/*.png", "--out", "{free}.csv"],
    ["predict", "--glob", "{missing}/**", "--out", "{free}.csv"],
    ["predict", "{picture}", "--out", "{folder}"],
    ["predict", "{picture}", "--out", "{folder}.csv"],
    ["predict", "{picture}", "--out", "{missing}/x.csv"],
    ["predict", "{picture}", "--out", "{text}/x.csv"],
    ["predict", "{picture}", "--out", "{loop}/x.jsonl"],
    ["predict", "{picture}", "--out", "{text}"],
    ["predict", "{picture}", "--out", "{free}.csv", "--network", "{missing}"],
    ["predict", "{picture}", "--out", "{free}.csv", "--workers", "0"],
    ["class", "export", "{free}.jsonl", "--file", "{missing}"],
    ["class", "export", "{free}.jsonl", "--file", "{text}"],
    ["class", "export", "{free}.jsonl", "--file", "{folder}"],
    ["class", "export", "{free}.jsonl", "--file", "{text}/x.sqlite"],
    ["class", "export", "{free}.jsonl", "--file", "{loop}"],
    ["class", "export", "{missing}/x.jsonl", "--file", "{set}"],
    ["class", "export", "{text}/x.npz", "--file", "{set}"],
    ["class", "export", "{folder}.jsonl", "--file", "{set}"],
    ["class", "export", "{free}.pdf", "--file", "{set}"],
    ["workshop", "--pack", "{text}"],
    ["workshop", "--pack", "{text}/x"],
    ["workshop", "--pack", "{loop}"],
    ["workshop", "--pack", "{packed}"],
    ["workshop", "--model", "{missing}.keras"],
    ["workshop", "--app-port", "99999"],
    ["demo", "--app-port", "-1"],
    ["demo", "--dashboard-port", "x"],
    ["lab", "--class", "{text}"],
    ["lab", "--class", "{text}/x"],
    ["lab", "--class", "{loop}"],
    ["lab", "--lesson", "9"],
    ["lab", "--port", "-1"],
    ["web", "{text}"],
    ["web", "{text}/x"],
    ["web", "{loop}"],
    ["web", "{packed}"],
    ["web", "{free}", "--single", "{free}.html"],
    ["web", "--single", "{missing}/x.html"],
    ["web", "--single", "{text}/x.html"],
    ["data"],
    ["data", "--people"],
    ["data", "{folder}"],
    ["export"],
    ["export", "{missing}"],
    ["export", "{text}"],
    ["export", "{cut}"],
    ["export", "nowhere"],
    ["train", "--epochs", "0"],
    ["train", "--seed", "-1"],
    ["train", "--compare-seeds", "-1"],
    ["evaluate"],
    ["evaluate", "--network", "resnet"],
]


@pytest.fixture
def no_mnist(tmp_path, monkeypatch):
    """A machine without MNIST and without internet."""
    from digitlib.training import data

    monkeypatch.setenv("DIGITLIB_DATA", "")
    monkeypatch.setattr(data, "PROJECT_DATA", tmp_path)
    monkeypatch.setattr(data, "MIRRORS", ())
    monkeypatch.setattr("pooch.os_cache", lambda project: tmp_path / "cache")


@pytest.fixture
def targets(tmp_path, seven, no_mnist):
    """Files and folders that are not what a command needs, by their names."""
    names = "missing", "text", "folder", "loop", "picture", "cut", "listed", "set"
    places = {name: tmp_path / name for name in (*names, "free", "pipe", "packed")}
    places["text"].write_text("nothing that anybody needs")
    for name in ("folder", "folder.csv", "folder.jsonl", "folder.tflite"):
        (tmp_path / name).mkdir()
    places["loop"].symlink_to(places["loop"])
    seven.save(places["picture"], "PNG")
    for name in ("cut", "listed"):
        places[name] = tmp_path / name / "own.tflite"
        places[name].parent.mkdir()
        content = (manifest.MODELS / "mlp.tflite").read_bytes()
        places[name].write_bytes(content if name == "listed" else content[:999])
    (tmp_path / "listed" / "own.json").write_text("{")
    store.Store(places["set"]).create()
    if hasattr(os, "mkfifo"):
        os.mkfifo(places["pipe"])
    (tmp_path / "packed" / "wheels").mkdir(parents=True)
    return {name: str(path) for name, path in places.items()}


@pytest.mark.parametrize("arguments", BAD_TARGETS, ids=lambda each: " ".join(each)[:60])
def test_bad_target_is_a_sentence_and_no_traceback(arguments, targets, capsys):
    try:
        status = main([each.format(**targets) for each in arguments])
    except SystemExit as ended:  # argparse's own
        status = ended.code
    assert status in (1, 2)
    err = capsys.readouterr().err
    assert err
    assert "Traceback" not in err
    last = err.strip().splitlines()[-1]
    assert re.search(r": .*[a-z]{3,}", last)
    assert not re.search(r"Errno|Error\b|<class|object at", last)


def test_unknown_network_is_one_line_on_stderr(files, capsys):
    assert main(["predict", "--network", "nowhere", files[0]]) == 1
    assert capsys.readouterr().err.startswith("digitlib: There is no network")


@pytest.mark.usefixtures("no_mnist")
def test_training_without_data_is_one_line_on_stderr(capsys):
    assert main(["train"]) == 1
    assert "put the four MNIST files" in capsys.readouterr().err


def test_evaluation_prints_a_table_and_writes_figures_beside_the_network(
    monkeypatch, capsys, tmp_path
):
    from digitlib.evaluation import people, rejection, report
    from digitlib.reading import manifest
    from digitlib.training import data

    (x_train, y_train), (x_test, y_test) = data.load_sample()
    few = (x_train, y_train), (x_test[:40], y_test[:40])
    folder = shutil.copytree(manifest.MODELS, tmp_path / "models")
    monkeypatch.setattr(manifest, "MODELS", folder)
    monkeypatch.setattr(data, "load_mnist", lambda: few)
    monkeypatch.setattr(report, "DISPUTED", (0, 1))
    monkeypatch.setattr(report, "EACH_KIND", 1)
    monkeypatch.setattr(rejection, "PAPERS", 1)
    monkeypatch.setattr(
        people, "measure", lambda model, right: {"missing": "none here"}
    )
    (folder / "metrics.json").unlink()
    assert main(["evaluate", "--network", "mlp"]) == 0
    metrics = json.loads((folder / "metrics.json").read_text())["mlp"]
    out = capsys.readouterr().out
    assert f"test_accuracy {metrics['test_accuracy']}" in " ".join(out.split())
    assert "people.missing none here" in " ".join(out.split())
    assert f"0: label {y_test[0]}, read" in out
    figures = sorted((folder / "figures").glob("mlp_*.png"))
    assert len(figures) == 4
    assert all(str(figure) in out for figure in figures)


def note_calls(monkeypatch, module, name, result=0):
    """Have a function note what it is called with, instead of what it does."""
    calls = []

    def note(*arguments):
        calls.append(arguments)
        return result

    monkeypatch.setattr(module, name, note)
    return calls


def test_nothing_to_read_is_one_line_on_stderr(capsys):
    assert main(["predict"]) == 1
    assert "--glob" in capsys.readouterr().err


@pytest.mark.parametrize(("failed", "status"), [(0, 0), (2, 1)])
def test_a_pile_goes_into_a_table(monkeypatch, failed, status):
    monkeypatch.setattr(patterns, "find", lambda pattern: [Path("b.png")])
    summary = SimpleNamespace(failed=failed)
    calls = note_calls(monkeypatch, batch, "run", summary)
    options = ["--glob=*.png", "--out=r.csv", "--workers=2", "--cluster=tcp://x:1"]
    assert main(["predict", "a.png", *options]) == status
    files = [Path("a.png"), Path("b.png")]
    assert calls == [(files, Path("r.csv"), "cnn", 2, "tcp://x:1")]


def test_a_pile_needs_a_place_for_its_table(capsys):
    assert main(["predict", "--glob", "*.png"]) == 1
    assert "--out" in capsys.readouterr().err


def test_folder_and_pattern_in_place_of_a_file_say_what_to_type(
    files, capsys, tmp_path
):
    pattern = str(tmp_path / "*.gif")
    assert main(["predict", str(tmp_path), pattern, files[0]]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("7")  # the good file is read all the same
    of_folder, of_pattern = err.splitlines()
    assert f"--glob '{tmp_path.as_posix()}/*' --out" in of_folder
    assert f"--glob '{pattern}' --out" in of_pattern


def test_version_is_told(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert (ended.value.code, capsys.readouterr().out) == (
        0,
        f"digitlib {__version__}\n",
    )


def test_help_has_a_line_for_each_command(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    lines = capsys.readouterr().out.partition("commands:")[2].splitlines()
    verbs = {line.split()[0] for line in lines if line.startswith("    ")}
    pages = {"demo", "workshop", "class", "web", "lab"}
    assert verbs == pages | {"predict", "data", "train", "export", "evaluate"}


def test_package_that_is_missing_is_one_line_with_the_remedy(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "sklearn.metrics", None)
    monkeypatch.delitem(sys.modules, "digitlib.training.shipping", raising=False)
    assert main(["train"]) == 1
    err = capsys.readouterr().err
    assert err.startswith("digitlib: The package sklearn.metrics is not installed")
    assert err.count("\n") == 1


def test_network_is_exported_again(monkeypatch, capsys):
    from digitlib.training import export

    monkeypatch.setattr(export, "export_again", lambda name: {"threshold": 0.5})
    assert main(["export", "lenet"]) == 0
    assert json.loads(capsys.readouterr().out) == {"lenet": {"threshold": 0.5}}


def test_demo_is_told_its_ports(monkeypatch):
    calls = note_calls(monkeypatch, demo, "run")
    assert main(["demo", "--app-port", "1", "--dashboard-port", "2", "--lan"]) == 0
    assert calls == [(1, 2, True)]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], (8000, 8866, False, None, None, None)),
        (["--lan", "--collect"], (8000, 8866, True, store.CLASS_SET, None, None)),
        (["--collect", "x.sqlite"], (8000, 8866, False, Path("x.sqlite"), None, None)),
        (["--model", "class.keras"], (8000, 8866, False, None, "class.keras", None)),
        (["--browser"], (8000, 8866, False, None, None, (Path("site"), 8900))),
    ],
)
def test_a_workshop_is_told_what_is_asked_for(monkeypatch, options, expected):
    calls = note_calls(monkeypatch, workshop, "run")
    assert main(["workshop", *options]) == 0
    assert calls == [expected]


@pytest.mark.parametrize(
    ("options", "builder", "expected"),
    [
        ([], "build", (Path("site"), None)),
        (["x", "--parts", "here"], "build", (Path("x"), Path("here"))),
        (["--single", "x.html"], "build_single", (Path("x.html"), None)),
    ],
)
def test_the_page_goes_where_it_is_asked_for(
    monkeypatch, capsys, options, builder, expected
):
    calls = []

    def build(*arguments):
        calls.append(arguments)
        return web.site.Site("digits-1", {}, {"a.zip": bytes(1_500_000)})

    monkeypatch.setattr(web, builder, build)
    assert main(["web", *options]) == 0
    assert calls == [expected]
    assert "a visitor loads 1.5 MB, once" in capsys.readouterr().out


def test_a_stick_is_packed_instead(monkeypatch):
    calls = note_calls(monkeypatch, usb, "pack")
    assert main(["workshop", "--pack", "stick", "--with-lessons"]) == 0
    assert main(["workshop", "--pack", "stick", "--without-answers"]) == 0
    assert calls == [(Path("stick"), True, True), (Path("stick"), False, False)]


def test_a_class_set_is_taken_out(monkeypatch, capsys):
    calls = note_calls(monkeypatch, store.Store, "export", 3)
    assert main(["class", "export", "class.npz", "--file", "x.sqlite"]) == 0
    assert calls[0][-1] == Path("class.npz")
    assert "class.npz" in capsys.readouterr().out


def test_ctrl_c_ends_it_without_a_traceback(monkeypatch):
    def interrupt(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(usb, "pack", interrupt)
    assert main(["workshop", "--pack", "stick"]) == 130
