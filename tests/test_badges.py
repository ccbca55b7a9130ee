"""The badges lead to the public copy, and filling them in changes nothing else."""

import json
import re
import shutil

import pytest

from teaching import badges

OURS = "https://github.com/school/digits"


@pytest.fixture
def copy(tmp_path):
    """A folder with the two pages that get badges."""
    (tmp_path / "notebooks").mkdir()
    for name in ("README.md", badges.INDEX):
        shutil.copyfile(badges.ROOT / name, tmp_path / name)
    return tmp_path


def read(folder):
    readme = (folder / "README.md").read_text("utf-8")
    cells = json.loads((folder / badges.INDEX).read_text("utf-8"))["cells"]
    return readme, "".join(cells[1]["source"])


def test_both_pages_lead_to_the_copy_with_one_click(copy, capsys):
    badges.main([OURS + "/"], copy)
    for text in read(copy):
        assert (
            "(https://mybinder.org/v2/gh/school/digits/main"
            "?urlpath=lab/tree/notebooks/00_index.ipynb)\n"
        ) in text
        assert "research.google.com/github/school/digits/blob/main/notebooks/" in text
    assert f"!git clone {OURS} digits\n" in read(copy)[1]
    assert "Commit" in capsys.readouterr().out


def test_another_address_replaces_the_first(copy):
    badges.main([OURS, "--branch", "lessons"], copy)
    once = read(copy)
    badges.main(["https://codeberg.org/other/digits"], copy)
    for text in read(copy):
        assert not re.search("school(/|%2F)digits", text)
        assert "v2/git/https%3A%2F%2Fcodeberg.org%2Fother%2Fdigits/main?" in text
        assert "colab-badge" not in text  # Colab knows GitHub alone
    badges.main([OURS, "--branch", "lessons"], copy)
    assert read(copy) == once


def test_nothing_else_changes(copy):
    before = read(copy)
    badges.main([OURS], copy)
    lines = re.compile(r"(?m)^(\[!\[.*\n){2}\n")
    for old, new in zip(before, read(copy), strict=True):
        without, n = lines.subn("", new)
        assert n == 1
        assert without.replace(OURS, "ADDRESS") == old


@pytest.mark.parametrize("wrong", ["digits", "http://x.org/a", "https://x.org", ""])
def test_what_is_no_address_is_said(copy, wrong, capsys):
    before = read(copy)
    with pytest.raises(SystemExit):
        badges.main([wrong], copy)
    assert "must be that of a project" in capsys.readouterr().err
    assert read(copy) == before
