"""The teacher's pages: they build without a network, and what they claim is so."""

import json
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from digitlib.reading.ctc import edit_distance
from teaching import build
from tests.readability import count_words_per_sentence, to_plain

QUIZZES = sorted((build.HERE / "quizzes").glob("*.md"))
PAGES = sorted(build.HERE.rglob("*.md"))
ROOT = build.ROOT
# What is bold in a lesson for another reason than that it is a word of the field.
STRESSED = {
    "you will", "now vote", "above", "blue", "orange", "photographs", "crossed",
    "in pairs", "by hand", "like these", "at random",
    "question", "measurement", "honesty", "presentation",  # of the project's rubric
}  # fmt: skip
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def read(name: str) -> str:
    return (build.HERE / f"{name}.md").read_text("utf-8")


def each(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", paths, ids=lambda path: path.stem)


def test_every_page_is_written_and_needs_nothing_else(tmp_path):
    build.main(["--out", str(tmp_path)])
    written = sorted(tmp_path.rglob("*.html"))
    assert len(written) == len(PAGES) + len(QUIZZES) + 1  # the slides' notes
    for page in written:
        text = page.read_text("utf-8")
        assert "<title></title>" not in text, page
        assert not re.search(r"<(script|link|iframe)|src=\"(?!data:)", text), page
        assert all(re.findall(r'<img [^>]*alt="([^"]*)"', text)), page
        for target in re.findall(r'href="(?![a-z]+:)([^"#]+)', text):
            assert (page.parent / target).exists(), (page, target)


@each(PAGES)
def test_links_lead_somewhere(path: Path):
    for target in LINK.findall(path.read_text("utf-8")):
        assert (path.parent / target).exists(), target


def test_every_lesson_has_a_sheet_and_a_quiz():
    sheets = {path.stem for path in (build.HERE / "worksheets").glob("*.md")}
    assert sheets == {path.stem for path in QUIZZES}


@each(QUIZZES)
def test_a_quiz_has_one_right_answer_and_explains_every_option(path: Path):
    questions = build.read_quiz(path.read_text("utf-8"))
    assert len(questions) == 5
    for question, options in questions:
        assert len(options) >= 3, question
        assert sum(right for right, *_ in options) == 1, question
        assert all(len(reason.split()) >= 3 for *_, reason in options), question
    places = {[o[0] for o in options].index(True) for _, options in questions}
    assert len(places) > 1  # always the second one would give it away


@each(QUIZZES)
def test_pupils_get_a_quiz_without_its_answers(path: Path):
    text = path.read_text("utf-8")
    sheet, key = build.hide_answers(text), build.show_answers(text)
    assert "[x]" not in sheet + key
    for _, options in build.read_quiz(text):
        for _, option, reason in options:
            assert option in sheet
            assert reason not in sheet
            assert reason in key


def test_what_the_teacher_says_is_not_projected():
    pages = build.make_pages()
    said = "Collect answers now, do not comment."
    assert said in pages["slides_with_notes.html"]
    assert said not in pages["slides.html"]
    assert pages["slides.html"].count("<section>") == 38  # as the plan numbers them


def test_a_missing_figure_is_an_error():
    with pytest.raises(LookupError, match="no cell"):
        build.embed_figure("notebooks/00_index.ipynb", "nothing", "")


def test_the_plan_has_every_minute_once():
    tables = re.split(r"^### |^## ", read("plan"), flags=re.MULTILINE)
    lengths = []
    for table in tables:
        spans = [
            (int(a), int(b)) for a, b in re.findall(r"(?m)^\| (\d+)-(\d+) \|", table)
        ]
        if spans:
            assert spans[0][0] == 0, table
            assert all(a[1] == b[0] for a, b in pairwise(spans)), table
            lengths.append(spans[-1][1])
    assert lengths == [45, 45, 45, 45, 45, 405]


def test_the_test_has_as_many_points_as_it_says():
    sheet, key = read("test"), read("test_key")
    points = [int(p) for p in re.findall(r"\*\*\d+\.\*\* \((\d+) points\)", sheet)]
    marked = [int(p) for p in re.findall(r"(?m)^\| \d+ \| (\d+) \|", key)]
    assert points == marked
    assert len(points) == 14
    assert sum(points[:12]) == 40
    instead = re.findall(r"task (\d+) in place of\s+task (\d+)", sheet)
    assert instead == re.findall(r"task (\d+) in place of\s+task (\d+)", key)
    assert [int(task) for task, _ in instead] == [13, 14]
    for task, other in instead:
        assert points[int(task) - 1] == points[int(other) - 1]


def test_the_key_of_the_test_has_the_right_numbers():
    sheet, key = read("test"), read("test_key")
    (path,) = re.findall(r"it says `([_\d]+)`", sheet)
    number = re.sub(r"(.)\1+", r"\1", path).replace("_", "")
    assert f"| 13 | 3 | (a) {number} (1)" in key
    assert f"six times, {0.98**6:.2f} (1)" in key


def test_the_opener_goes_as_it_tells_the_teacher():
    """The neuron on squared paper, trained as the sheet says."""
    pages = read("opener") + read("opener_key")
    fences = re.findall(r"```squares\n(.*?)```", pages, re.DOTALL)
    pieces = [build.split_pieces(fence) for fence in fences]
    ink = [
        [np.array(each) == "#" for each in piece] for piece in (pieces[0], pieces[2])
    ]
    weights, sums = np.zeros((7, 5), int), []
    for _ in range(2):
        for digit, sign in zip(ink[0], (1, -1, 1, -1), strict=True):
            sums.append(int(weights[digit].sum()))
            if sums[-1] * sign <= 0:
                weights[digit] += sign
    assert sums == [0, 5, 0, -2, 7, -4, 9, -2]
    assert np.array_equal(weights, np.array(pieces[3][0], int))
    assert [weights[digit].sum() for digit in ink[1]] == [9, -2, 1]
    told = read("opener_key")
    assert "| first round | 0, wrong | 5, wrong | 0, wrong | -2, right |" in told
    assert "| second round | 7, right | -4, right | 9, right | -2, right |" in told
    assert "E has the sum 9 (right) and F the sum -2 (right). G has the sum 1" in told


def test_worksheet_answers_are_right():
    key = read("worksheets_key")
    assert 784 * 16 + 16 + 16 * 16 + 16 + 16 * 10 + 10 == 13_002
    assert "12,544; 256 and 16; 160 and 10; together 13,002" in key
    assert (5 - 0) ** 2 + 0 + (3 - 0) ** 2 + 0 == 34
    assert "25 + 0 + 9 + 0 = 34, the distance about 5.8" in key
    paths = {"_44__1_": "41", "1__11": "11", "4400_44": "404", "70_01": "7001"}
    for path, text in paths.items():
        assert text == re.sub(r"(.)\1+", r"\1", path).replace("_", "")
    one = 2 * 0.4 * 0.6 + 0.4 * 0.4
    assert (round(one, 2), round(0.6 * 0.6, 2)) == (0.64, 0.36)
    assert "together 0.64" in key
    distances = [edit_distance("2024", each) for each in ("224", "2021", "20124")]
    assert distances == [1, 1, 1]
    assert [round(100 * 0.99**n) for n in (10, 100)] == [90, 37]
    assert "90 of 100 numbers with ten digits, 37 of 100 with a hundred" in key
    losses = [f"{-np.log(p):.1f}" for p in (0.1, 0.01)]
    assert losses == ["2.3", "4.6"]
    piece = build.split_pieces(
        re.search(r"```squares\n(.*?)```", read("worksheets/2_preparation"), re.DOTALL)[
            1
        ]
    )
    rows, columns = np.nonzero(np.array(piece[0]) == "#")
    assert np.ptp(columns) + 1 == 6
    assert np.ptp(rows) + 1 == 7
    assert columns[rows == 4].mean() + 1 == 3.5
    assert "width 6, height 7, longer side 7" in key


@each(sorted((ROOT / "notebooks").glob("0[1-9]*.ipynb")))
def test_the_glossary_has_the_words_of_a_lesson(path: Path):
    """A word of the field is bold where it is explained, and at most three words."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    prose = ["".join(c["source"]) for c in cells if c["cell_type"] == "markdown"]
    bold = re.findall(r"\*\*([a-zA-Z][\w' -]+)\*\*", "\n".join(prose))
    words = {word.lower() for word in bold if len(word.split()) <= 3} - STRESSED
    glossary = " ".join(read("glossary").lower().split())
    assert len(words) > 5
    assert {word for word in words if word.rstrip("s") not in glossary} == set()


def test_the_sentences_are_as_short_as_the_teacher_is_told():
    low, high = re.search(
        r"have (\d+) to (\d+) words on average", read("README")
    ).groups()
    for path in (ROOT / "notebooks").glob("0[1-9]*.ipynb"):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        prose = ["".join(c["source"]) for c in cells if c["cell_type"] == "markdown"]
        mean = count_words_per_sentence(to_plain("\n\n".join(prose)))
        assert int(low) <= mean <= int(high), path


def said_by(lesson: str, cell: str) -> str:
    """Return what the figure of a cell shows, in words, as the lesson has it."""
    cells = json.loads((ROOT / f"notebooks/{lesson}.ipynb").read_text("utf-8"))["cells"]
    (found,) = [each for each in cells if each["id"] == cell]
    texts = (output.get("data", {}) for output in found["outputs"])
    return "".join("".join(each.get("text/plain", "")) for each in texts)


def test_answers_that_a_figure_gives_are_those_of_the_figure():
    key = " ".join(read("worksheets_key").split())
    clerks, students = re.search(
        r"mlp clerks ([\d.]+)%, students ([\d.]+)%", said_by("05_why", "groups")
    ).groups()
    assert f"students about {students} %, clerks about {clerks} %" in key
    wrong = [round(1000 - 10 * float(each)) for each in (students, clerks)]
    assert "about {} and {} mistakes in 1,000 digits".format(*wrong) in key
    matrix = said_by("04_how_good", "confusion")
    often, seldom = (
        re.search(rf"{pair}: (\d) times", matrix)[1]
        for pair in ("9 read as 4", "4 read as 9")
    )
    assert f"{often} nines as a 4, and {seldom} fours as a 9" in key
    rates = dict(
        re.findall(r"(\d{4}) ([\d.]+)%", said_by("07_your_handwriting", "each-writer"))
    )
    assert min(rates, key=lambda writer: float(rates[writer])) == "0005"
    assert max(rates, key=lambda writer: float(rates[writer])) == "0019"
    assert "writer 0005 gained most" in key
    assert "Writer 0019 gained least" in key


@pytest.mark.parametrize(
    ("lesson", "cell", "words"),
    [
        ("04_how_good", "pairs", ["coin"]),
        ("04_how_good", "calibration", ["diagonal", "doubt", "wrong"]),
        ("07_your_handwriting", "only-mine", ["my", "other writers", "MNIST"]),
    ],
)
def test_the_slides_say_what_a_figure_shows(lesson: str, cell: str, words: list[str]):
    fence = rf"```figure notebooks/{lesson}.ipynb {cell}\n(.*?)\n```"
    (alt,) = re.findall(fence, read("slides"), re.DOTALL)
    for word in words:
        assert word in said_by(lesson, cell)
        assert word in alt


def test_the_slides_ask_for_a_weight_that_is_on_the_opener():
    (asked,) = re.findall(r"a weight of (-?\d+) mean", read("slides"))
    fence = re.search(r"```squares\n(.*?)```", read("opener_key"), re.DOTALL)[1]
    assert asked in np.array(build.split_pieces(fence)[0])


def test_the_marks_are_the_same_in_points_and_per_cent():
    key = " ".join(read("test_key").split())
    points = re.search(
        r"(\d+) points and more very good, (\d+) good, (\d+) sat\w+, (\d+) suf", key
    )
    shares = re.search(
        r"(\d+) % very good, (\d+) % good, (\d+) % sat\w+, (\d+) % suf", key
    )
    assert [100 * int(each) // 40 for each in points.groups()] == [
        int(each) for each in shares.groups()
    ]
