"""The dashboard as a notebook in JupyterLab, in a real browser."""

import shutil

import pytest

from digitlib.workshop.demo import NOTEBOOKS
from tests.browser.conftest import serve
from tests.browser.test_dashboard import draw, expect_answer


@pytest.fixture
def address(tmp_path, monkeypatch):
    """A JupyterLab with a copy of the notebook, and nobody's own settings."""
    shutil.copy(NOTEBOOKS / "dashboard.ipynb", tmp_path)
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
    page.goto(f"{address}/lab/tree/dashboard.ipynb")
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    draw(page, seven_strokes)
    expect_answer(page, "7")
