"""Reading whole pictures: what geometry proposes and how the networks decide."""

import numpy as np
import pytest
from PIL import Image

from digitlib.reading import ctc, ink, load_model, reader
from digitlib.reading.guesses import HASTY
from digitlib.reading.predict import Model
from digitlib.reading.reader import Reader, combine


@pytest.fixture(scope="module")
def cnn():
    return load_model()


def line_network(text, confidence=0.999):
    """Return a fake network that reads this text in every strip, evenly spaced."""

    def run(strips):
        columns = strips.shape[2] // 4
        rows = np.full((columns, ctc.CLASSES), 1e-9)
        rows[:, ctc.BLANK] = 1
        for i, each in enumerate(ctc.encode(text)):
            where = int((i + 0.5) * columns / len(text))
            rows[where] = (1 - confidence) / (ctc.CLASSES - 1)
            rows[where, each] = confidence
        return np.log(rows)[None].astype(np.float32)

    return run


def digit_network(label, confidence):
    """Return a fake network that gives every glyph this label."""

    def run(glyphs):
        rows = np.zeros((len(glyphs), 11), np.float32)
        rows[:, label] = confidence
        rows[:, 10] = 1 - confidence
        return rows

    return run


def page_of(*boxes, size=(300, 100)):
    page = Image.new("L", size, 255)
    for box in boxes:
        page.paste(0, box)
    return page


def model(text, confidence=0.999, own=(0, 0.0)):
    line = line_network(text, confidence)
    return Model("fake", digit_network(*own), line=line)


TWO = (40, 20, 50, 80), (80, 20, 90, 80)
FOUR = (*TWO, (120, 20, 130, 80), (160, 20, 170, 80))


def test_signs_stay_in_the_text_and_are_no_digits():
    page = page_of(
        (15, 20, 25, 80), (60, 48, 70, 52), (105, 20, 115, 80), size=(130, 100)
    )
    (line,) = model("1-2").read(page).lines
    assert line.text == "1-2"
    assert [digit.label for digit in line.digits] == ["1", "2"]
    assert line.box == (15, 20, 115, 80)


def test_each_digit_has_its_own_ink_and_box():
    digits = model("1111").read(page_of(*FOUR, size=(220, 160))).digits
    assert tuple(digit.box for digit in digits) == FOUR
    assert all(digit.glyph.any() for digit in digits)


@pytest.mark.parametrize(
    ("read", "text"), [("111", "11"), ("171", "11"), ("181", "181")]
)
def test_a_1_or_7_without_any_ink_is_a_line_of_the_paper(read, text):
    lower = [(left, 180, right, 240) for left, _, right, _ in TWO]
    reading = model(read).read(page_of(*TWO, *lower, size=(300, 300)))
    assert reading.text == f"{text}\n{text}"
    inked = [digit.box for digit in reading.digits if digit.label == "1"]
    assert inked == [*TWO, *lower]


def test_without_time_only_the_likeliest_way_is_tried(monkeypatch):
    tried = []
    read = Reader._read_writing
    monkeypatch.setattr(
        Reader, "_read_writing", lambda *given: tried.append(1) or read(*given)
    )
    unsure, page = model("1111", 0.6), page_of(*FOUR, size=(220, 160))
    assert HASTY not in unsure.read(page).message
    assert len(tried) > 1
    tried.clear()
    reading = unsure.read(page, lambda: False)
    assert (len(tried), HASTY in reading.message) == (1, True)
    assert HASTY not in model("1111").read(page, lambda: False).message


def test_unknown_signs_are_question_marks():
    reading = model("1??1").read(page_of(*FOUR, size=(220, 160)))
    assert reading.text == "1??1"
    assert [digit.accepted for digit in reading.digits] == [True, False, False, True]


def test_a_gap_much_wider_than_the_others_is_a_space():
    shifted = (*FOUR[:2], (180, 20, 190, 80), (220, 20, 230, 80))
    assert model("1111").read(page_of(*FOUR, size=(220, 160))).text == "1111"
    assert model("1111").read(page_of(*shifted, size=(260, 180))).text == "11 11"


def test_an_empty_cell_is_a_gap():
    """Of five cells, the third is empty, and the fifth is cut off by the edge."""
    page = page_of(
        *((x, 20, x + 8, 80) for x in (45, 105, 225, 285)),
        *((x, 0, x + 3, 100) for x in (15, 75, 135, 195, 255)),
        size=(310, 100),
    )
    (line,) = model("1?11").read(page).lines
    assert line.cells == ("1", "?", "", "1", "1")
    assert line.text == "1? 11"


def test_lines_are_told_apart_by_a_line_break():
    lower = [(left, 180, right, 240) for left, _, right, _ in TWO]
    reading = model("12").read(page_of(*TWO, *lower, size=(300, 300)))
    assert reading.text == "12\n12"
    assert len(reading.lines) == 2


@pytest.mark.parametrize(
    ("width", "confidence", "text"),
    [(60, 0.95, "?"), (60, 0.99, "11"), (120, 0.95, "11"), (120, 0.85, "?")],
)
def test_splitting_narrow_ink_needs_more_confidence(width, confidence, text):
    """An H as wide as it is high can be split into two 1s; two digits are wider."""
    bars = (20, 20, 28, 80), (12 + width, 20, 20 + width, 80)
    page = page_of(*bars, (20, 46, 20 + width, 54), size=(200, 200))
    assert model("11", confidence).read(page).text == text


def test_a_strip_without_ink_is_read_as_a_whole():
    """Ink that cannot be told from a patterned paper is nothing to find."""
    strip = Image.new("L", (400, 100), 255)
    assert model("12").read(strip).text == "12"
    assert model("").read(strip).message.startswith("No ink found")


def test_a_clear_line_replaces_what_was_found_in_a_strip():
    page = page_of((40, 20, 50, 80), size=(400, 100))
    assert model("123").read(page).text == "123"
    assert model("123", 0.4, own=(1, 0.99)).read(page).text == "1"


@pytest.mark.parametrize("size", [(220, 160), (400, 100)])  # a page, and a strip
@pytest.mark.parametrize(("confidence", "is_once"), [(0.999, True), (0.6, False)])
def test_a_number_is_read_again_only_in_doubt(size, confidence, is_once):
    looks, network = [], line_network("1111", confidence)

    def run(strips):
        looks.append(strips)
        return network(strips)

    reader = Model("fake", digit_network(0, 0.0), line=run)
    assert len(reader.read(page_of(*FOUR, size=size)).digits) == 4
    assert (len(looks) == 1) is is_once


def test_many_unsure_marks_on_several_lines_are_the_pattern_of_a_strip(monkeypatch):
    monkeypatch.setattr(reader, "is_empty_form", lambda *read: False)
    marks = [(x, y, x + 4, y + 14) for x in range(20, 380, 60) for y in (8, 42, 76)]
    page = page_of(*marks, size=(400, 100))
    assert model("12", 0.85, own=(1, 0.75)).read(page).text == "12"
    assert model("12", 0.85, own=(1, 0.95)).read(page).text.count("\n") == 2


@pytest.mark.parametrize("text", ["11", "17", "71", "111"])
def test_a_straight_stroke_between_digits_is_a_1_and_no_cell(cnn, text):
    styles = {"1": [(45, 20), (43, 90)], "7": [(25, 20), (70, 20), (45, 90)]}
    strokes = [
        np.array(styles[label]) * (1, 2) + (60 * i + 5, 20)
        for i, label in enumerate(text)
    ]
    assert cnn.read(ink.draw(strokes)).text.replace(" ", "") == text


def test_rows_that_are_surely_read_stay_rows_in_a_wide_picture():
    rows = [(x, y, x + 8, y + 30) for y in (10, 60) for x in range(20, 180, 20)]
    page = page_of(*rows, size=(200, 100))
    assert model("1" * 8, own=(1, 0.99)).read(page).text == "11111111\n11111111"


def test_what_stands_alone_is_rejected_if_the_digit_network_does():
    page = page_of((60, 40, 90, 160), size=(150, 200))
    assert model("8", own=(8, 0.1)).read(page).text == "?"


def test_a_dot_makes_a_question_mark_of_a_hook(cnn):
    angles = np.linspace(np.pi, 2.4 * np.pi, 30)
    hook = [(120 + 40 * np.cos(a), 90 + 40 * np.sin(a)) for a in angles]
    hook += [(120, 150), (118, 190)]
    assert cnn.read(ink.draw([hook], (240, 300), 12)).text == "7"
    dot, far = [(118, 228), (119, 230)], [(15, 280), (16, 282)]
    assert cnn.read(ink.draw([hook, dot], (240, 300), 12)).text == "?"
    assert cnn.read(ink.draw([hook, far], (240, 300), 12)).text == "7"


def test_squares_so_fine_that_they_pass_for_noise_hide_no_digit(cnn):
    seven = ink.draw([[(130, 110), (230, 110), (170, 270)]], (360, 360), 14)
    paper = np.full((360, 360), 225.0)
    for row in range(3):
        paper[row::14] = paper[:, row::14] = 130
    paper = np.minimum(paper, 70 + np.asarray(seven) * (155 / 255))
    paper += np.random.default_rng(0).normal(0, 2, paper.shape)
    assert cnn.read(Image.fromarray(paper.astype(np.uint8))).text == "7"


def test_a_strip_that_is_surely_empty_holds_no_rejected_digit():
    page = page_of((40, 20, 50, 80), size=(400, 100))  # the post of an empty comb
    assert model("", own=(1, 0.2)).read(page).text == ""
    assert model("", own=(1, 0.99)).read(page).text == "1"


def test_ink_that_no_network_takes_for_a_digit_is_told():
    reading = model("").read(page_of(*TWO, size=(120, 100)))
    assert reading.text == ""
    assert "nothing that looks like a digit" in reading.message
    assert model("-").read(page_of(*TWO, size=(120, 100))).lines == ()


def test_the_digit_network_counts_only_if_it_sees_a_digit():
    line = np.array([0.6, 0.4, *[0.0] * 9], np.float32)
    one = np.array([0.01, 0.99, *[0.0] * 8], np.float32)
    weights = 1.0, 1.0
    assert combine(line, one, weights).argmax() == 1
    nothing = one / 1000
    assert combine(line, nothing, weights).argmax() == 0
    assert combine(line, nothing, weights)[0] == pytest.approx(0.6, abs=0.01)


def test_agreement_makes_sure_and_disagreement_unsure():
    four, nine = np.eye(11, dtype=np.float32)[[4, 9]] * 0.9 + 0.009
    same = combine(four, four[:10], (1.0, 0.4)).max()
    other = combine(four, nine[:10], (1.0, 0.4)).max()
    assert other < 0.9 < same


@pytest.mark.parametrize("text", ["3.14", "16-45", "12/05/2024"])
def test_signs_between_drawn_digits_are_kept(cnn, text):
    random = np.random.default_rng(1)
    marks = {".": [(10, 225), (16, 229)], "-": [(10, 150), (70, 148)],
             "/": [(70, 20), (10, 260)]}  # fmt: skip
    strokes, x = [], 20
    for character in text:
        style = {"1": "1 flagged", "4": "4 open"}.get(character, character)
        own = [marks[character]] if character in marks else ink.write(style, random)
        left = min(px for stroke in own for px, _ in stroke)
        right = max(px for stroke in own for px, _ in stroke)
        strokes += [[(px - left + x, py) for px, py in stroke] for stroke in own]
        x += right - left + 45
    assert cnn.read(ink.draw(strokes, (round(x), 280), 14)).text == text
