"""What is written in more than one place is the same in each."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from digitlib import __version__
from digitlib.evaluation import measure_seeds
from digitlib.reading import manifest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONDA = {"batch", "learn", "test"}  # the extras that environment.yml installs, too


def wanted():
    """Every package that pyproject.toml asks for; PyTorch has a pin of its own."""
    extras = PROJECT["optional-dependencies"]
    lists = [extras[name] for name in extras if name != "torch"]
    lists.append(PROJECT["dependencies"])
    return {Requirement(line).name for each in lists for line in each}


def pins():
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    return [Requirement(line) for line in lines]


def test_every_package_is_pinned():
    assert wanted() <= {canonicalize_name(pin.name) for pin in pins()}
    assert all(str(pin.specifier).startswith("==") for pin in pins())
    assert "://" not in (ROOT / "requirements.txt").read_text()


def test_conda_lists_the_same_packages_with_reasons():
    """The same markers too: a package may have no wheel for somebody's system."""
    text = (ROOT / "environment.yml").read_text()
    lines = re.findall(r"(?m)^      - ([a-z].*?)\s+# \S", text)
    extras = PROJECT["optional-dependencies"]
    lists = [PROJECT["dependencies"], *(extras[name] for name in CONDA)]
    asked = [line for each in lists for line in each]
    assert {*map(str, map(Requirement, lines))} == {*map(str, map(Requirement, asked))}
    assert CONDA | {"torch"} == set(extras)


def test_version_is_one():
    assert PROJECT["version"] == __version__


def test_make_help_lists_every_verb():
    makefile = (ROOT / "Makefile").read_text()
    verbs = re.search(r"(?m)^\.PHONY: (.*)", makefile)[1].split()
    make = ["make", "--no-print-directory", "help"]
    shown = subprocess.check_output(make, cwd=ROOT, text=True)
    assert [line.split()[1] for line in shown.splitlines()] == verbs


@pytest.mark.parametrize("page", ["README.md", "models/README.md"])
def test_figures_are_those_of_the_manifest(page):
    """Each network's row: parameters, validation and test accuracy in per cent."""
    rows = re.findall(
        r"(?m)^\| `(\w+)` \|.*?\| ([\d,]+) \| ([\d.]+) % \| ([\d.]+) % \|",
        (ROOT / page).read_text(),
    )
    assert {row[0] for row in rows} == set(manifest.SHIPPED)
    for name, parameters, validation, test in rows:
        entry = manifest.read()[name]
        assert int(parameters.replace(",", "")) == entry["parameters"]
        assert validation == f"{100 * entry['validation_accuracy']:.2f}"
        assert test == f"{100 * entry['test_accuracy']:.2f}"


def test_model_card_has_the_figures_of_the_report():
    """Each row of the card names its key in metrics.json."""
    card = (ROOT / "models/README.md").read_text()
    rows = re.findall(r"(?m)^\| .* \| `([\w.]+)` \| ([\d.]+) % \|$", card)
    assert len(rows) >= 10
    for key, figure in rows:
        value = json.loads((ROOT / "models/metrics.json").read_text())["cnn"]
        for part in key.split("."):
            value = value[part]
        assert figure == f"{100 * value:.2f}", key


def test_model_card_has_what_other_seeds_gave():
    card = (ROOT / "models/README.md").read_text()
    row = r"(?m)^\| `(\w+)` \| (\d+) \|" + r" ([\d.]+) % \|" * 4 + "$"
    rows = re.findall(row, card)
    several = {
        name for name in manifest.SHIPPED if measure_seeds(name, manifest.MODELS)
    }
    assert {name for name, *_ in rows} == several
    for name, n, *figures in rows:
        seeds = measure_seeds(name, manifest.MODELS)
        assert int(n) == seeds["n"]
        spread = ("mean", "deviation", "lowest", "highest")
        assert figures == [f"{100 * seeds[key]:.2f}" for key in spread], name


def test_importing_the_package_loads_nothing_heavy():
    code = "import json, sys, digitlib; print(json.dumps(list(sys.modules)))"
    loaded = subprocess.check_output([sys.executable, "-c", code])
    heavy = {"numpy", "cv2", "PIL", "keras", "tensorflow", "flask"}
    assert not heavy & set(json.loads(loaded))


COMPARED = (  # each row of the README's comparison
    "test_accuracy",
    "as_pictures.accuracy",
    "pictures.photos.accuracy",
    "pictures.photo_crops.accuracy",
    "pictures.drawn.accuracy",
    "pictures.multi_digit.accuracy",
    "not_digits.letters_A_J.rejected_as_pictures",
    "empty_papers.all.found",
)


def per_cent(figures, key):
    for part in key.split("."):
        figures = figures[part]
    return f"{100 * (1 - figures if key.endswith('found') else figures):.2f}"


def test_the_comparison_is_as_measured():
    table = (ROOT / "README.md").read_text().partition("| right, or rightly rejected |")
    rows = re.findall(r"(?m)^\|[^|]+\| ([\d.]+) % \| ([\d.]+) % \|$", table[2])
    ours = json.loads((manifest.MODELS / "metrics.json").read_text())["cnn"]
    other = json.loads((manifest.MODELS / "comparison.json").read_text())
    expected = [
        (per_cent(ours, key), per_cent(other["keras_example"], key)) for key in COMPARED
    ]
    assert rows == expected


def test_the_card_has_the_line_networks_figures():
    entry = manifest.read()[manifest.LINE]
    card = (ROOT / "models/README.md").read_text()
    (row,) = re.findall(
        r"(?m)^\| `line` \|.*?\| ([\d,]+) \| ([\d.]+) \| ([\d.]+) \|$", card
    )
    validation = entry["validation"]
    assert row == (
        f"{entry['parameters']:,}",
        f"{100 * validation['made']['exact']:.1f}",
        f"{100 * validation['pens']['exact']:.1f}",
    )


def test_lesson_3_has_the_figures_of_the_manifest():
    """It says how small `tiny` is beside `mlp`, and how much more it reads."""
    lesson = (ROOT / "notebooks/03_training.ipynb").read_text()
    for name in ("mlp", "tiny"):
        entry = manifest.read()[name]
        assert f"{entry['parameters']:,}" in lesson
        assert f"{100 * entry['validation_accuracy']:.2f} %" in lesson
