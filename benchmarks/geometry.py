"""Switch off each rule of reading that a person set, and measure what that loses.

    python -m benchmarks.geometry [FOLDER] [--each 10] [--rules SPECK MARGIN ...] [-v]

The pictures are the made kinds of `evaluation.scenes`, empty
papers and forms, pen digits and letters of people set aside where these can be had,
and in FOLDER the pictures of `wild` and `cases`, as for `benchmarks.kinds`. For each
rule there is a row: how many of the made pictures, and of the given ones, are no longer
read right, and how many are for the first time. A rule that loses nothing when it is
off may go, unless a test says what it is for.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from benchmarks.kinds import NOTHING, is_right, load_pictures
from digitlib.errors import DataError
from digitlib.evaluation.forms import EMPTY_FORMS
from digitlib.evaluation.scenes import (
    KINDS,
    LARGE,
    Scene,
    make_hand,
)
from digitlib.evaluation.synthetic import EMPTY_PAPERS, show_as_picture
from digitlib.reading import (
    background,
    components,
    guesses,
    hypotheses,
    line_reading,
    load_model,
    paper,
    preprocess,
    reader,
    ruling,
    segment,
    straight_lines,
    text_lines,
)
from digitlib.reading.picture import Picture as Opened
from digitlib.reading.picture import encode, open_picture
from digitlib.reading.predict import Model
from digitlib.training import mixture
from digitlib.training.handwriting import draw_on_pad

NEVER = float("inf")
WRITTEN = 5  # times as many pen digits, and letters, as other pictures of a kind
INKS = background, paper, ruling, straight_lines  # whose rules change the ink


@dataclass(frozen=True)
class Picture:
    """A picture of some kind, with what is written in it."""

    kind: str
    is_made: bool
    source: Opened
    text: str

    @classmethod
    def of(cls, kind: str, scene: Scene, *, is_made: bool) -> "Picture":
        """Open a scene's file, which is done only once."""
        return cls(kind, is_made, open_picture(scene.file), scene.text)


def main(arguments: list[str] | None = None) -> None:
    """Print a row for each rule."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.geometry")
    parser.add_argument("folder", nargs="?", type=Path, help="holds wild/ and cases/")
    parser.add_argument("--each", type=int, default=10, help="pictures of each kind")
    parser.add_argument("--most", type=int, default=30, help="pictures of a folder")
    parser.add_argument("--rules", nargs="*", default=list(RULES), choices=RULES)
    parser.add_argument("--together", action="store_true", help="all off at once")
    parser.add_argument("-v", "--verbose", action="store_true", help="show each kind")
    options = parser.parse_args(arguments)
    model = remembering(load_model())
    pictures = list(make_pictures(model, options.each))
    pictures += given_pictures(options.folder, options.most) if options.folder else []
    inks = _Inks()
    with patch.object(preprocess, "guess_inks", inks.guess):
        before = read_all(model, pictures)
    made = np.array([each.is_made for each in pictures])
    print(f"{'all rules':44} made {before[made].sum()} of {made.sum()},", end=" ")
    print(f"given {before[~made].sum()} of {(~made).sum()}", flush=True)
    rules = {name: RULES[name] for name in options.rules}
    if options.together:
        rules = {
            " and ".join(rules): [each for rule in rules.values() for each in rule]
        }
    for name, rule in rules.items():
        with ExitStack() as stack:
            if not any(module in INKS for module, *_ in rule):
                stack.enter_context(patch.object(preprocess, "guess_inks", inks.guess))
            for each in rule:
                stack.enter_context(patch.object(*each))
            after = read_all(model, pictures)
        print(describe(name, made, before, after), flush=True)
        if options.verbose:
            print(show_kinds(pictures, before, after), end="", flush=True)


def read_all(model: Model, pictures: list[Picture]) -> np.ndarray:
    """Return which pictures are read right, (n,) bool."""
    return np.array(
        [is_right(model.read(each.source).text, each.text) for each in pictures]
    )


def describe(name: str, made: np.ndarray, before: np.ndarray, after: np.ndarray) -> str:
    """Return a row: what is lost and won without a rule, made and given."""
    lost, won = before & ~after, after & ~before
    figures = (
        f"{which}: {-int(lost[own].sum()):+4} {int(won[own].sum()):+4}"
        for which, own in (("made", made), ("given", ~made))
    )
    return f"{name:44} " + "   ".join(figures)


def show_kinds(pictures: list[Picture], before: np.ndarray, after: np.ndarray) -> str:
    """Return a line for each kind of which fewer or more are read right."""
    change: Counter[str] = Counter()
    for picture, was, is_now in zip(pictures, before, after, strict=True):
        change[picture.kind] += int(is_now) - int(was)
    return "".join(f"    {kind}: {by:+}\n" for kind, by in change.items() if by)


def remembering(model: Model) -> Model:
    """Let a model remember what its networks said, which saves most of the time."""
    model._network = _remember(model._network)
    reader_ = model._reader
    reader_._line = reader_._line and _remember(reader_._line)
    return model


def _remember(network: Callable[[np.ndarray], np.ndarray]) -> Any:
    known: dict[int, np.ndarray] = {}

    def run(inputs: np.ndarray) -> np.ndarray:
        key = hash((inputs.shape, inputs.tobytes()))
        if key not in known:
            known[key] = network(inputs)
        return known[key]

    return run


def make_pictures(model: Model, each: int) -> Iterator[Picture]:
    """Make pictures of every kind, the same each time."""
    for name, kind in KINDS.items():
        hand = make_hand(model, seed=0)
        for _ in range(max(1, each // LARGE.get(name, 1))):
            yield Picture.of(name, kind(hand), is_made=True)
    random = np.random.default_rng(0)
    for name, paper_of in (EMPTY_PAPERS | EMPTY_FORMS).items():
        for _ in range(each):
            scene = Scene(paper_of(random), NOTHING)
            yield Picture.of(name, scene, is_made=True)
    try:
        yield from _people(WRITTEN * each, random)
    except DataError as error:
        print(f"without people's pens: {error}")


def _people(n: int, random: np.random.Generator) -> Iterator[Picture]:
    pens = mixture.validation_pens()
    for i in random.permutation(len(pens))[:n]:
        drawn = encode(draw_on_pad(pens.strokes(int(i))))
        scene = Scene(drawn, str(pens.labels[i]))
        yield Picture.of("pens", scene, is_made=True)
    for name, images in mixture.validation_negatives().items():
        for i in random.permutation(len(images))[: n // 4]:
            shown = show_as_picture(images[i], random)
            yield Picture.of(name, Scene(shown, NOTHING), is_made=True)


def given_pictures(folder: Path, most: int) -> Iterator[Picture]:
    """Yield labelled pictures of a folder of folders of folders."""
    for path in sorted(folder.glob("*/*/labels.csv")):
        scenes = [scene for _, scene in load_pictures(path)]
        for scene in scenes[:: -(-len(scenes) // most) or 1]:
            yield Picture.of(path.parent.name, scene, is_made=False)


class _Inks:
    """Remembers the guesses at the ink of each picture, without the paper."""

    def __init__(self) -> None:
        self._known: dict[int, list[tuple]] = {}
        self._rest: dict[int, Iterator[np.ndarray]] = {}

    def guess(self, pixels: np.ndarray) -> Iterator[np.ndarray]:
        key = hash((pixels.shape, pixels.tobytes()))
        known = self._known.setdefault(key, [])
        rest = self._rest.setdefault(key, background.guess_inks(pixels))
        for i in count():
            if i == len(known):
                ink = next(rest, None)
                if ink is None:
                    return
                known.append((ink.shape, where := ink.nonzero(), ink[where]))
            shape, where, values = known[i]
            ink = np.zeros(shape, np.float32)
            ink[where] = values
            yield ink


def _flat_light(small: np.ndarray) -> np.ndarray:
    """Return light that is the same all over the picture."""
    levels = np.median(small, axis=(0, 1)).astype(np.float32)
    return np.broadcast_to(levels, small.shape).copy()


def _all(which: bool) -> Callable[..., np.ndarray]:
    """Return a comparison of boxes that always says the same."""
    return lambda a, b, **_: np.full(np.broadcast_shapes(a.shape, b.shape)[:-1], which)


def _first(guesses_at: Callable[..., Iterator]) -> Callable[..., Iterator]:
    return lambda *arguments: iter([next(guesses_at(*arguments))])


# What stands in for each rule, so that it never holds: module, name, value.
RULES: dict[str, list[tuple[Any, str, Any]]] = {
    "paper: fitted light": [(paper, "fit_light", _flat_light)],
    "paper: robust fit": [(paper, "ROUNDS", 1)],
    "paper: surfaces at edges": [(paper, "LARGE", NEVER)],
    "paper: surfaces in corners": [(paper, "AT_CORNER", NEVER)],
    "paper: plain paper": [(paper, "_without_shading", lambda levels, small: levels)],
    "paper: strokes stand out": [(paper, "HAT", 999)],
    "paper: STROKE": [(paper, "STROKE", 1)],
    "paper: BAND": [(paper, "BAND", 1)],
    "background: only one guess": [
        (preprocess, "guess_inks", _first(background.guess_inks))
    ],
    "background: guess without edges": [(background, "without_edges", lambda _: None)],
    "background: guess frequent_colour": [
        (background, "frequent_colour", lambda _: None)
    ],
    "background: guess rarer_colour": [(background, "rarer_colour", lambda _: None)],
    "background: noise": [(background, "NOISE_FACTOR", 0)],
    "background: clouds": [(background, "CLOUDS", 0)],
    "background: PATTERN": [(background, "PATTERN", NEVER)],
    "background: coarse noise": [(background, "COARSE", 1)],
    "background: FAINTEST": [(background, "FAINTEST", 0)],
    "background: FAINTEST_AT_EDGE": [(background, "FAINTEST_AT_EDGE", 0.2)],
    "ruling": [
        (
            background,
            "find_ruling",
            lambda distance, *_, **__: [np.zeros_like(distance)],
        )
    ],
    "ruling: DARKER": [(ruling, "DARKER", NEVER)],
    "ruling: MAX_STROKE": [(ruling, "MAX_STROKE", NEVER)],
    "ruling: MAX_STROKE_TO_EDGES": [(ruling, "MAX_STROKE_TO_EDGES", NEVER)],
    "ruling: MAX_STROKE_ROW": [(ruling, "MAX_STROKE_ROW", 1.8)],
    "ruling: MANY": [(ruling, "MANY", 999)],
    "ruling: boxes": [(ruling, "_is_anchored", lambda *_: False)],
    "ruling: base lines": [(ruling, "_is_base", lambda *_: False)],
    "ruling: posts": [(ruling, "_posts", lambda *_: [])],
    "ruling: SIMILAR": [(ruling, "SIMILAR", NEVER)],
    "straight_lines: MIN_FREE": [(straight_lines, "MIN_FREE", 0)],
    "straight_lines: MIN_INKED": [(straight_lines, "MIN_INKED", 0)],
    "straight_lines: thick": [(straight_lines, "THICKNESSES", ((0.006, 3),))],
    "straight_lines: MIN_LENGTH": [(straight_lines, "MIN_LENGTH", 0)],
    "segment: SPECK": [(segment, "SPECK", 0)],
    "segment: dots": [(segment, "DOT", 0)],
    "components: slivers": [(components, "_drop_slivers", lambda found: found)],
    "components: slivers near edges": [(components, "LINE", 0)],
    "components: SLIVER_WIDTH": [(components, "SLIVER_WIDTH", NEVER)],
    "components: objects": [(components, "_drop_objects", lambda found: found)],
    "components: SOLID": [(components, "SOLID", NEVER)],
    "components: LITTLE": [(components, "LITTLE", 0)],
    "components: WRITTEN": [(components, "WRITTEN", 0)],
    "components: MIN_WRITING": [(components, "MIN_WRITING", 0)],
    "components: dashes": [(components, "MAX_ASPECT", NEVER)],
    "components: frames": [(components, "_drop_frames", lambda found: found)],
    "components: usual without objects": [(components, "OBJECT", NEVER)],
    "segment: MIN_DIGIT_HEIGHT": [(segment, "MIN_DIGIT_HEIGHT", 0)],
    "segment: company": [(segment, "FEW", NEVER)],
    "segment: CLOSE": [(segment, "CLOSE", 2.0)],
    "segment: NEIGHBOURS": [(segment, "NEIGHBOURS", 0)],
    "segment: MAX_ASPECT": [(segment, "MAX_ASPECT", NEVER)],
    "segment: TALLEST": [(segment, "TALLEST", NEVER)],
    "segment: joined strokes": [(segment, "_belong_together", _all(False))],
    "segment: strokes below": [(segment, "OVERLAP", NEVER)],
    "segment: strokes beside": [(segment, "BESIDE", -NEVER)],
    "segment: SHORT": [(segment, "SHORT", NEVER)],
    "segment: regions of several": [
        (segment, "_are_near", _all(False)),
        (segment, "_are_beside", _all(False)),
    ],
    "segment: other hypotheses": [
        (segment.Region, "hypotheses", _first(segment.Region.hypotheses))
    ],
    "hypotheses: MARGIN": [(hypotheses, "MARGIN", 0)],
    "hypotheses: SPLIT_THRESHOLD": [(hypotheses, "SPLIT_THRESHOLD", 0)],
    "hypotheses: NARROW_THRESHOLD": [(hypotheses, "NARROW_THRESHOLD", 0.9)],
    "guesses: CLEAR": [(guesses, "CLEAR", 0)],
    "guesses: cuts": [(guesses, "cuts", lambda digit, size: False)],
    "guesses: objects": [(guesses, "is_object", lambda *_: False)],
    "guesses: SMALL_MARK": [(guesses, "SMALL_MARK", 0)],
    "guesses: REJECTED": [(guesses, "REJECTED", 0)],
    "turning": [(guesses, "POOR", 0)],
    "preprocess: MIN_STROKE_WIDTH": [(preprocess, "MIN_STROKE_WIDTH", 0)],
    "preprocess: finer pictures": [(preprocess, "SMALL", 0)],
    "preprocess: MIN_SIDE": [(preprocess, "MIN_SIDE", 1)],
    "text_lines: WIDE_GAP": [(text_lines, "WIDE_GAP", NEVER)],
    "text_lines: REACH": [(text_lines, "REACH", 0)],
    "line_reading: cells": [(line_reading, "find_posts", lambda strip: [])],
    "reader: strips": [(reader, "STRIP", NEVER)],
    "reader: whole pictures": [
        (reader, "STRIP", NEVER),
        (reader, "_may_be_one_line", lambda *_: False),
    ],
    "reader: rows": [(reader, "_are_rows", lambda *_: False)],
    "reader: missed strokes": [(reader, "SURE", NEVER)],
}


if __name__ == "__main__":
    sys.exit(main())
