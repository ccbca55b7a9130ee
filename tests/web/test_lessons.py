"""What README says of lessons in the browser: what they need is there, or could be."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOT_IN_A_BROWSER = ("tensorflow", "keras", "pooch", "psutil", "requests")
BLOCK = f"import sys; sys.modules.update(dict.fromkeys({NOT_IN_A_BROWSER}))"


def imports_of(lesson):
    """The imports of a lesson's cells, in their order."""
    cells = json.loads((ROOT / "notebooks" / lesson).read_text("utf-8"))["cells"]
    for cell in cells:
        if cell["cell_type"] == "code":
            for each in ast.parse("".join(cell["source"])).body:
                if isinstance(each, ast.Import | ast.ImportFrom):
                    yield ast.unparse(each)


@pytest.mark.parametrize("lesson", ["01_data.ipynb", "02_preparation.ipynb"])
def test_the_first_lessons_import_nothing_that_no_browser_has(lesson):
    script = "\n".join([BLOCK, *imports_of(lesson)])
    assert "digitlib" in script
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT)
