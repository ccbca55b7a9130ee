"""The wings of the house: each is listed, says what it offers, and imports go down."""

import importlib
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SETUP = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
WINGS = sorted(path.parent.name for path in (ROOT / "digitlib").glob("*/__init__.py"))
LIGHT = {  # packages that importing a wing, and nothing else of it, must not load
    "reading": {"keras", "tensorflow", "torch", "matplotlib", "scipy", "sklearn"},
    "training": {"keras", "tensorflow", "torch", "cv2"},
    "evaluation": {"keras", "tensorflow", "torch", "sklearn"},
    "plots": {"keras", "tensorflow", "torch", "matplotlib"},
    "dashboard": {"keras", "tensorflow", "torch", "ipywidgets", "voila"},
    "web": {"keras", "tensorflow", "torch", "jinja2", "flask", "flatbuffers"},
    "workshop": {"keras", "tensorflow", "torch", "psutil", "cv2"},
    "classset": {"keras", "tensorflow", "torch", "matplotlib", "flask"},
    "batch": {"keras", "tensorflow", "torch", "pyarrow", "distributed"},
    "exercises": {"keras", "tensorflow", "torch", "matplotlib", "sklearn"},
}


def test_imports_go_down_only():
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_every_package_is_listed_for_the_wheel():
    found = {
        path.parent.relative_to(ROOT).as_posix().replace("/", ".")
        for name in ("app", "digitlib")
        for path in (ROOT / name).rglob("__init__.py")
    }
    page = "digitlib.web.page"
    mapped = {"digitlib.models", "digitlib.notebooks", "digitlib.notebooks.template"}
    mapped |= {page, f"{page}.python", f"{page}.python.ai_edge_litert"}
    assert found | mapped == set(SETUP["packages"])


def test_every_wing_has_its_tests():
    assert sorted(LIGHT) == WINGS
    for wing in WINGS:
        assert any((ROOT / "tests" / wing).glob("test_*.py"))


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.parametrize("wing", WINGS)
def test_every_public_name_is_there(wing):
    module = importlib.import_module(f"digitlib.{wing}")
    for name in getattr(module, "__all__", ()):
        assert getattr(module, name) is not None


@pytest.mark.parametrize("wing", LIGHT)
def test_importing_a_wing_loads_nothing_heavy(wing):
    code = f"import json, sys, digitlib.{wing}; print(json.dumps(list(sys.modules)))"
    loaded = set(json.loads(subprocess.check_output([sys.executable, "-c", code])))
    assert not LIGHT[wing] & loaded


def test_the_map_names_files_that_are_there():
    """Each row names files of the folder that stands in bold above it, or paths."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    rows = text.partition("| you want to change |")[2].partition("\n\n")[0].splitlines()
    folder, count = ROOT, 0
    for row in rows[2:]:
        if heading := re.search(r"\*\*`(.+?)`", row):
            folder = ROOT / heading[1]
        for name in re.findall(r"`([\w./]+\.\w+|[\w.]+/)`", row):
            assert (folder / name).exists() or (ROOT / name).exists(), row
            count += 1
    assert count > 60
