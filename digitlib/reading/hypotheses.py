"""What a part of a picture may say, which of that is best, and how it is written.

A hypothesis is a row of digits and other signs. The networks give each digit its
confidence, and the surest hypothesis becomes a part of a `Line`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from digitlib.reading.boxes import surround
from digitlib.reading.cells import fill_cells
from digitlib.reading.results import Digit, Line

MARGIN = 0.3  # confidence by which another hypothesis must exceed the first
# A hypothesis with more digits than the first needs this confidence in each of them:
SPLIT_THRESHOLD = 0.9
NARROW = 1.1  # ratio of width to height up to which ink is narrow
NARROW_THRESHOLD = 0.97  # for narrow ink, which is more often a letter
SPACE = 2.5  # ratio to the line's usual gap from which a gap is a space
WIDE = 0.8  # the least width of a space, as a share of the digits' height
Token = Digit | str  # a digit, or one of the other signs


@dataclass(frozen=True)
class Hypothesis:
    """What a part of a picture may say.

    Attributes:
        tokens: the digits and signs from left to right.
        edges: the x coordinates of the edges of a form's cells, in pixels of the
            upright original; none where there are no cells.
    """

    tokens: list[Token]
    edges: list[float] = field(default_factory=list)

    def without(self, some: Sequence[Digit]) -> "Hypothesis":
        """Return the same without some of the digits."""
        tokens = [t for t in self.tokens if not any(t is each for each in some)]
        return Hypothesis(tokens, self.edges)

    @property
    def digits(self) -> tuple[Digit, ...]:
        """The digits alone."""
        return tuple(token for token in self.tokens if isinstance(token, Digit))

    @property
    def confidence(self) -> float:
        """The confidence of the least sure digit; 0 if there is none."""
        return min((digit.confidence for digit in self.digits), default=0.0)

    @property
    def mean_confidence(self) -> float:
        """The mean confidence of the digits; 0 if there is none."""
        return float(np.mean([digit.confidence for digit in self.digits] or [0.0]))

    @property
    def gain(self) -> float:
        """How many more digits are right than wrong, as far as can be expected."""
        return sum(2 * digit.confidence - 1 for digit in self.digits)


def is_certain(first: Hypothesis) -> bool:
    """Return whether no other hypothesis can exceed the first by `MARGIN`."""
    accepted = all(digit.accepted for digit in first.digits)
    return accepted and first.confidence + MARGIN >= 1


def choose_best(hypotheses: list[Hypothesis]) -> Hypothesis:
    """Return the hypothesis whose least confident digit has the highest confidence.

    The first hypothesis is the one that geometry suggests. Another replaces it only if
    it is better by `MARGIN`, or if a digit of the first is rejected. A hypothesis with
    more digits needs more confidence, because a letter can be split into a 1 and a 3.
    """
    first = len(hypotheses[0].tokens)
    hypotheses = [
        each for each in hypotheses if len(each.tokens) <= first or _may_split(each)
    ]
    scores = [hypothesis.confidence for hypothesis in hypotheses]
    if all(digit.accepted for digit in hypotheses[0].digits):
        scores[0] += MARGIN
    return hypotheses[int(np.argmax(scores))]


def _may_split(hypothesis: Hypothesis) -> bool:
    left, top, right, bottom = surround(digit.box for digit in hypothesis.digits)
    is_narrow = right - left <= NARROW * (bottom - top)
    return hypothesis.confidence >= (NARROW_THRESHOLD if is_narrow else SPLIT_THRESHOLD)


def to_line(runs: list[Hypothesis]) -> Line:
    """Make a line of its runs, with a space between them, and its cells if it has any.

    Args:
        runs: from left to right; at least one has a digit.
    """
    digits = tuple(digit for run in runs for digit in run.digits)
    cells = _to_cells(runs[0]) if len(runs) == 1 else ()
    text = " ".join(_to_text(run) for run in runs if run.tokens)
    if cells:
        text = "".join(cell or " " for cell in cells).strip()
    return Line(text, surround(digit.box for digit in digits), digits, cells)


def _to_cells(run: Hypothesis) -> tuple[str, ...]:
    """Return what is in each cell; nothing if there are signs, which have no box."""
    if not run.edges or len(run.digits) < len(run.tokens):
        return ()
    return fill_cells(run.edges, [(d.label, d.box[0], d.box[2]) for d in run.digits])


def _to_text(run: Hypothesis) -> str:
    """Return what a run says, with spaces where the gaps are much wider than others."""
    pairs = [
        (left.box[2], right.box[0])
        for left, right in pairwise(run.tokens)
        if isinstance(left, Digit) and isinstance(right, Digit)
    ]
    gaps = [right - left for left, right in pairs]
    if not gaps:
        return "".join(map(_label, run.tokens))
    heights = [digit.box[3] - digit.box[1] for digit in run.digits]
    wide = max(SPACE * float(np.median(gaps)), WIDE * float(np.median(heights)))
    text, rest = _label(run.tokens[0]), iter(gaps)
    for left, right in pairwise(run.tokens):
        both = isinstance(left, Digit) and isinstance(right, Digit)
        text += " " * (both and next(rest) > wide) + _label(right)
    return text


def _label(token: Token) -> str:
    return token.label if isinstance(token, Digit) else token
