"""The lessons: their form by the house's rules, and every output run anew.

nbval compares the outputs; papermill runs the same without data and without a network.
"""

import ast
import base64
import io
import json
import os
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TypeGuard

import numpy as np
import pytest
from PIL import Image

from digitlib.errors import DataError
from digitlib.training import data
from tests.readability import count_words_per_sentence, to_plain

ROOT = Path(__file__).parents[1]
LESSONS = sorted((ROOT / "notebooks").glob("0[1-9]*.ipynb"))
NOTEBOOKS = [ROOT / "notebooks" / "00_index.ipynb", *LESSONS]
SOLUTIONS = sorted((ROOT / "notebooks" / "solutions").glob("*.ipynb"))
ALL = [*NOTEBOOKS, *SOLUTIONS]
FACTS = json.loads((ROOT / "notebooks" / "facts.json").read_text("utf-8"))
MAX_BYTES = 400_000
MAX_LINES = 15  # of a code cell
# Lessons 3 and 6 write in the open what the others take from the library.
MEDIAN_LINES = {"03_training": 10, "06_numbers": 8}
MAX_CELLS = {"06_numbers": 27}  # of code: it takes longer than the other lessons
MAX_WORDS = 18  # in a sentence, on average
MIN_WORDS = 10  # of prose, to a line of code
NO_KERAS = {"KERAS_BACKEND": "none"}  # for lessons that say so: importing it fails
WITHOUT_KERAS = {"01_data", "02_preparation", "04_how_good", "05_why", "06_numbers"}
TITLE_PIXELS = 30  # rows at the top of a figure
MIN_ALT = 30  # letters that describe a figure
CELL_TIMEOUT = 1800  # seconds, for what hangs; a slow machine takes its time
NOWHERE = "http://127.0.0.1:9"  # a proxy that is not there: no test uses the network
OFFLINE = {"http_proxy": NOWHERE, "https_proxy": NOWHERE, "no_proxy": ""}
NOBODY = {"DIGITLIB_DIGITS": "nowhere"}  # a pupil's own digits would change lesson 7

# What is no business of a reader: paths, warnings, logs.
CLUTTER = re.compile(
    r"(?<![\w.])(/\w+/\w|[A-Z]:\\|~/)|warning|traceback|^\s*(INFO|DEBUG|E0000|I0000)",
    re.IGNORECASE | re.MULTILINE,
)
# Numbers that prose may have of its own: times, names of lessons, steps and exercises,
# code, addresses. All others are shown by an output or listed in facts.json.
OWN_NUMBERS = re.compile(
    r"\*\*Time:.*|^#.*|^\*\*\d\.\*\*|[Ll]essons? \d( to \d| and \d)?|[Ss]teps? \d"
    r"|`[^`]*`|\]\([^)]*\)|<[^>]*>|Hint \d",
    re.MULTILINE,
)
EXERCISE = re.compile(r"^\*\*(\d)\.\*\*", re.MULTILINE)
PICTURE = re.compile(r"!\[([^\]]*)\]\(|<img\b")


def each(paths: list[Path]) -> pytest.MarkDecorator:
    def name(path: Path) -> str:
        return path.stem + "_answers" * (path in SOLUTIONS)

    return pytest.mark.parametrize("path", paths, ids=name)


lessons, every, with_mnist = each(LESSONS), each(ALL), each(LESSONS + SOLUTIONS)


def read_cells(path: Path, kind: str | None = None) -> list[dict]:
    """The cells of a notebook, their sources and outputs as whole texts."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    for cell in cells:
        cell["source"] = "".join(cell["source"])
    return [cell for cell in cells if kind in (None, cell["cell_type"])]


def read_prose(path: Path) -> str:
    return "\n\n".join(cell["source"] for cell in read_cells(path, "markdown"))


def read_outputs(path: Path) -> str:
    """All that the cells print or show as text."""
    outputs = [out for cell in read_cells(path, "code") for out in cell["outputs"]]
    texts = [
        out.get("text") or out.get("data", {}).get("text/plain") for out in outputs
    ]
    return "\n".join("".join(text) for text in texts if text)


def walk_exercises(path: Path) -> Iterator[tuple[str, str]]:
    """The number of each exercise, and what its cells print, up to the next one."""
    number, printed = "", ""
    for cell in read_cells(path):
        if found := cell["cell_type"] == "markdown" and EXERCISE.search(cell["source"]):
            if number:
                yield number, printed
            number, printed = found[1], ""
        printed += "".join(
            "".join(out.get("text", "")) for out in cell.get("outputs", [])
        )
    yield number, printed


def count_lines(cell: dict) -> int:
    return sum(bool(line.strip()) for line in cell["source"].splitlines())


def is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def is_name(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name)


def find_numbers(text: str) -> set[float]:
    """All numbers in a text; 60,000 is one, and so is 99.5."""
    text = re.sub(r"(?<=\d)_(?=\d)", "", text)  # 60_000 in code
    found = re.findall(r"\d[\d,]*(?:\.\d+)?", text)
    return {float(number.replace(",", "")) for number in found}


def test_there_are_lessons():
    assert len(LESSONS) == 7


def test_every_lesson_has_answers():
    assert [path.name for path in SOLUTIONS] == [path.name for path in LESSONS]


@lessons
def test_every_exercise_has_its_answer(path: Path):
    exercises = EXERCISE.findall(read_prose(path))
    answers = EXERCISE.findall(read_prose(path.parent / "solutions" / path.name))
    assert answers == exercises


@lessons
def test_exercises_wait_for_an_answer(path: Path):
    for number, printed in walk_exercises(path):
        assert "Not yet" in printed, number  # as long as nobody has answered
        assert "Right!" not in printed, number


@lessons
def test_hints_come_in_steps(path: Path):
    _, *exercises = re.split(r"(?m)^\*\*\d\.\*\*", read_prose(path))
    for text in exercises:
        numbers = [int(number) for number in re.findall(r"Hint (\d)<", text)]
        assert numbers == [*range(1, len(numbers) + 1)]
        assert len(numbers) >= 2, text


@each(SOLUTIONS)
def test_each_check_refuses_a_wrong_answer_and_takes_the_right_one(path: Path):
    """The answers show both: a tempting wrong one first, then the right one."""
    for number, printed in walk_exercises(path):
        refused, _, accepted = printed.partition("Right!")
        assert "Not yet" in refused, number
        assert "Right!" in printed, number
        assert "Not yet" not in accepted, number


@every
def test_opens_with_title_promise_and_time(path: Path):
    first = read_cells(path)[0]["source"]
    assert first.startswith("# ")
    assert "**You will** " in first
    assert re.search(r"\*\*Time:\*\* .*(minutes|hours)", first)


@lessons
def test_ends_with_what_we_learned_and_exercises(path: Path):
    _, learned = read_prose(path).split("\n## What we learned\n")
    recap, exercises = learned.split("\n## Try it\n")
    assert recap.count("\n- ") >= 3
    numbers = [int(number) for number in EXERCISE.findall(exercises)]
    assert numbers == [*range(1, len(numbers) + 1)]
    assert 2 <= len(numbers) <= 4


@every
def test_imports_stand_where_they_are_first_used(path: Path):
    """At the top of the cell that uses them, and only once in a notebook."""
    seen: set[str] = set()
    for cell in read_cells(path, "code"):
        body = ast.parse(cell["source"]).body
        imports = [node for node in body if is_import(node)]
        assert imports == body[: len(imports)], cell["source"]
        names = [alias.asname or alias.name for n in imports for alias in n.names]
        names = [name for name in names if name != "np"]  # every lesson's alphabet
        used = {n.id for n in ast.walk(ast.parse(cell["source"])) if is_name(n)}
        assert {name.split(".")[0] for name in names} <= used, cell["source"]
        assert not seen & set(names), cell["source"]
        seen |= set(names)


@every
def test_code_is_plain_python(path: Path):
    for cell in read_cells(path, "code"):
        nodes = [*ast.walk(ast.parse(cell["source"]))]  # no "!pip", no "%magic"
        names = [alias.name for n in nodes if is_import(n) for alias in n.names]
        assert "*" not in names
        assert not any(isinstance(node, ast.Global) for node in nodes)
        assert "sys.path" not in cell["source"]


@every
def test_prose_leads_and_every_cell_shows_something(path: Path):
    cells = read_cells(path)
    for before, cell in pairwise(cells):
        if cell["cell_type"] == "code":
            assert before["cell_type"] == "markdown", cell["source"]
    for cell in read_cells(path, "code"):
        only_imports = all(map(is_import, ast.parse(cell["source"]).body))
        assert cell["outputs"] or only_imports, cell["source"]


@lessons
def test_cells_are_short_and_prose_is_enough(path: Path):
    lines = [count_lines(cell) for cell in read_cells(path, "code")]
    assert len(lines) <= MAX_CELLS.get(path.stem, 25)
    assert statistics.median(lines) <= MEDIAN_LINES.get(path.stem, 6)
    assert max(lines) <= MAX_LINES
    assert len(read_prose(path).split()) / sum(lines) >= MIN_WORDS


@each(SOLUTIONS)
def test_answers_explain_themselves(path: Path):
    lines = sum(count_lines(cell) for cell in read_cells(path, "code"))
    assert len(read_prose(path).split()) / lines >= 7


@lessons
def test_numbers_in_prose_are_shown_or_have_a_source(path: Path):
    code = "\n".join(cell["source"] for cell in read_cells(path, "code"))
    known = find_numbers(code + "\n" + read_outputs(path))
    known |= {float(fact["value"]) for fact in FACTS}
    assert find_numbers(OWN_NUMBERS.sub(" ", read_prose(path))) <= known


@lessons
def test_sums_in_prose_are_right_and_begin_with_what_an_output_shows(path: Path):
    shown = find_numbers(read_outputs(path))
    for a, b, result in re.findall(r"`(\d+) - (\d+) = (\d+)`", read_prose(path)):
        assert int(a) - int(b) == int(result)
        assert {float(a), float(b)} <= shown


def test_every_fact_is_told_and_has_its_source():
    told = set().union(*(find_numbers(read_prose(path)) for path in NOTEBOOKS))
    for fact in FACTS:
        assert set(fact) == {"value", "fact", "source"}
        assert float(fact["value"]) in told, fact
        source = fact["source"]
        assert source.startswith("https://") or (ROOT / source).is_file(), fact


def test_facts_from_the_manifest_are_those_of_today():
    manifest = json.loads((ROOT / "models" / "manifest.json").read_text("utf-8"))
    shares = [each.get("validation_accuracy", 0) for each in manifest.values()]
    known = {round(100 * share, 2) for share in shares}
    known |= {each["parameters"] for each in manifest.values()}
    told = {f["value"] for f in FACTS if f["source"] == "models/manifest.json"}
    assert told
    assert told <= known


@every
def test_sentences_are_short(path: Path):
    assert count_words_per_sentence(to_plain(read_prose(path))) < MAX_WORDS


@every
def test_every_figure_is_sharp_and_described(path: Path):
    """`metadata.alt` is where IPython and nbconvert keep it, and the text form too."""
    for match in PICTURE.finditer(read_prose(path)):
        assert len(match[1] or "") >= MIN_ALT, match[0]
    for cell in read_cells(path, "code"):
        for output in cell["outputs"]:
            if png := output.get("data", {}).get("image/png"):
                about = output["metadata"]["image/png"]
                assert len(about["alt"]) >= MIN_ALT, cell["source"]
                assert "".join(output["data"]["text/plain"]) == about["alt"]
                pixels = Image.open(io.BytesIO(base64.b64decode("".join(png))))
                assert pixels.width >= 2 * about["width"] - 1, cell["source"]


def test_what_lesson_5_says_of_blue_ink_is_so():
    """In grey nobody could tell it from orange ink; the lesson says there is none."""
    cells = read_cells(ROOT / "notebooks" / "05_why.ipynb")
    (cell,) = [cell for cell in cells if cell["id"] == "occlusion"]
    assert "has blue ink" in cells[cells.index(cell) - 1]["source"]
    png = base64.b64decode("".join(cell["outputs"][0]["data"]["image/png"]))
    red, _, blue = np.moveaxis(
        np.asarray(Image.open(io.BytesIO(png)).convert("RGB")), -1, 0
    )
    assert (red.astype(int) - blue).max() > 100  # there is orange ink
    assert (blue.astype(int) - red).max() < 20


@every
def test_no_title_is_cut_off(path: Path):
    """Its letters would reach the first or the last column of the picture."""
    for cell in read_cells(path, "code"):
        for output in cell["outputs"]:
            if png := output.get("data", {}).get("image/png"):
                file = io.BytesIO(base64.b64decode("".join(png)))
                pixels = Image.open(file).convert("L")
                for x in (0, pixels.width - 1):
                    title = pixels.crop((x, 0, x + 1, TITLE_PIXELS))
                    assert title.getextrema()[0] > 250, cell["source"]


@every
def test_committed_as_executed_once_from_top_to_bottom(path: Path):
    counts = [cell["execution_count"] for cell in read_cells(path, "code")]
    assert counts == [*range(1, len(counts) + 1)]
    assert path.stat().st_size < MAX_BYTES


@every
def test_outputs_are_clean(path: Path):
    for cell in read_cells(path, "code"):
        for output in cell["outputs"]:
            assert output["output_type"] != "error"
            assert output.get("name") != "stderr"
    assert not CLUTTER.search(read_outputs(path))


def run(*command: str | Path, **environment: str) -> None:
    """Run a module in a process of its own, without a network."""
    result = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=os.environ | OFFLINE | NOBODY | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.fixture(scope="module")
def has_mnist():
    """Whether the committed outputs can be had again."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in OFFLINE.items():
            patch.setenv(name, value)
        try:
            return bool(data.load_mnist())
        except DataError:
            return False


@pytest.mark.slow
@pytest.mark.timeout(2 * CELL_TIMEOUT)
@every
def test_outputs_are_those_committed(path: Path, has_mnist: bool):
    if not has_mnist and path.stem != "00_index":
        pytest.skip("the outputs are those of MNIST, which is not here")
    options = ["--nbval", "--nbval-current-env", "-p", "no:cacheprovider"]
    options += [f"--nbval-cell-timeout={CELL_TIMEOUT}"]
    own = ["-o", "addopts=", "-o", "filterwarnings="]
    alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # the others take two seconds
    run("pytest", "-p", "nbval.plugin", *options, *own, path, **alone)


@pytest.mark.slow
@pytest.mark.timeout(2 * CELL_TIMEOUT)
@with_mnist
def test_runs_on_the_sample_too(path: Path, tmp_path: Path):
    empty, done = str(tmp_path), tmp_path / path.name
    options = ["--cwd", path.parent, "--kernel", "python3", "--no-progress-bar"]
    options += ["--execution-timeout", str(CELL_TIMEOUT)]
    without = NO_KERAS if path in LESSONS and path.stem in WITHOUT_KERAS else {}
    run(
        *("papermill", path, done, *options),
        DIGITLIB_DATA=empty,
        XDG_CACHE_HOME=empty,
        **without,
    )
    if path in LESSONS:
        assert "sample" in read_outputs(done)
