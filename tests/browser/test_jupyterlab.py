"""The dashboard, a slider and a pad as a notebook in JupyterLab, in a real browser."""

import shutil

import nbformat
import pytest
from playwright.sync_api import expect

from digitlib.workshop.demo import NOTEBOOKS
from tests.browser.conftest import serve
from tests.browser.test_dashboard import draw, expect_answer

KNOBS = """
from digitlib import plots

def draw_bars(number, left_out=()):
    return plots.show_bars([1] * (3 + int(number) + len(left_out)))

def draw_ink(picture, left_out):
    return draw_bars(picture.getextrema()[0] == 0, left_out)

plots.show_knob(draw_bars, "number", [1, 2, 3], start=1)
pad = plots.show_pad(draw_ink, [[(50, 50), (200, 200)]], ["box"])
"""


@pytest.fixture
def address(tmp_path, monkeypatch):
    """A JupyterLab with a copy of the notebook, and nobody's own settings."""
    shutil.copy(NOTEBOOKS / "dashboard.ipynb", tmp_path)
    knobs = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(KNOBS)])
    knobs.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(knobs, tmp_path / "knobs.ipynb")
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTERLAB_WORKSPACES_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    lab = [
        *("-m", "jupyterlab", str(tmp_path), "--no-browser", "--allow-root"),
        *("--port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token="),
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    with serve(lab, "/api") as address:
        yield address


def test_a_seven_is_read(page, address, seven_strokes):
    run_all(page, f"{address}/lab/tree/dashboard.ipynb")
    draw(page, seven_strokes)
    expect_answer(page, "7")


def test_figures_follow_the_slider_the_pad_and_the_checkbox(page, address):
    """The figure above a widget is replaced, and not another one."""
    run_all(page, f"{address}/lab/tree/knobs.ipynb")
    figures = page.locator(".jp-OutputArea-output img")
    expect(figures).to_have_count(2)
    of_slider, of_pad = (figures.nth(i).get_attribute("src") for i in range(2))
    page.locator(".noUi-handle").press("ArrowRight")
    expect(figures.nth(0)).not_to_have_attribute("src", of_slider)
    expect(figures.nth(1)).to_have_attribute("src", of_pad)
    page.get_by_role("checkbox", name="box").uncheck()
    expect(figures.nth(1)).not_to_have_attribute("src", of_pad)
    expect(figures).to_have_count(2)


def run_all(page, address):
    page.goto(address)
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
