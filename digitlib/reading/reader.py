"""Read whole pictures: geometry proposes, the networks decide.

Writing -> find_lines -> for each run of a line
one region, and the digit network is sure    -> its answer
several regions, or doubt                    -> line_reading -> combine
-> the most confident hypothesis -> Reading
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from digitlib.reading import guesses
from digitlib.reading.boxes import Box, surround
from digitlib.reading.cells import fill_cells
from digitlib.reading.line_network import LineNetwork
from digitlib.reading.line_reading import Sign, read_signs
from digitlib.reading.picture import Source, open_picture
from digitlib.reading.preprocess import Candidate, Writing, guess_writings
from digitlib.reading.results import Digit, Line, Reading
from digitlib.reading.segment import Region, Segment
from digitlib.reading.text_lines import Run, find_lines

MARGIN = 0.3  # confidence by which another hypothesis must exceed the first
# A hypothesis with more digits than the first needs this confidence in each of them:
SPLIT_THRESHOLD = 0.9
NARROW = 1.1  # ratio of width to height up to which ink is narrow
NARROW_THRESHOLD = 0.97  # for narrow ink, which is more often a letter
STRIP = 1.5  # ratio of width to height from which a picture may be one line
SPACE = 2.5  # ratio to the line's usual gap from which a gap is a space
WIDE = 0.8  # the least width of a space, as a share of the digits' height
TINY = 1e-3  # added to each probability: no network is surer than that of a line
WEIGHTS = (1.0, 0.4)  # of the line network and of the digit network: see `combine`

Predict = Callable[[np.ndarray], np.ndarray]  # glyphs to (n, 10) probabilities
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
    def gain(self) -> float:
        """How many more digits are right than wrong, as far as can be expected."""
        return sum(2 * digit.confidence - 1 for digit in self.digits)


class Reader:
    """Reads pictures with a digit network and, if there is one, a line network.

    Attributes:
        threshold: the confidence below which a digit is rejected.
        weights: of the line network and of the digit network, as of `combine`.
    """

    def __init__(
        self,
        predict: Predict,
        threshold: float,
        line: LineNetwork | None = None,
        weights: tuple[float, float] = WEIGHTS,
    ):
        self.threshold = threshold
        self.weights = weights
        self._predict = predict
        self._line = line

    def read(self, source: Source) -> Reading:
        """Read every line of a picture; see `Model.read`."""
        picture = open_picture(source)
        best, highest = Reading(()), -np.inf
        for i, writing in enumerate(guess_writings(picture)):
            reading = self._read_writing(writing)
            if guesses.is_clear(reading.digits, picture.size):
                return reading
            gain = guesses.gain(reading.digits, guesses.CLEAR if i else 0)
            if gain > highest:
                best, highest = reading, gain
        return best

    def _read_writing(self, writing: Writing) -> Reading:
        lines = find_lines(writing.regions)
        alone = [
            region
            for line in lines
            for run in line
            if run.is_single or not self._line
            for region in run.regions
        ]
        single = iter(self._read_alone(writing, alone))
        found = [
            [self._read_run(writing, run, single) for run in line] for line in lines
        ]
        whole = self._read_whole(writing, found)
        if whole:
            found = [[whole]]
        digits = [digit for line in found for run in line for digit in run.digits]
        objects = [
            run.digits[0]
            for line in found
            for run in line
            if len(run.digits) == len(run.tokens) == 1
            and guesses.is_object(run.digits[0], digits, writing.size)
        ]
        kept = [[run.without(objects) for run in line] for line in found]
        read = [_to_line(line) for line in kept if any(run.digits for run in line)]
        has_ink = bool(writing.ink.any())
        message = guesses.describe(writing.left_out, has_ink, bool(read), bool(objects))
        return Reading(tuple(read), message)

    def _read_alone(
        self, writing: Writing, regions: list[Region]
    ) -> Iterator[Hypothesis]:
        """Read regions one by one; all their first hypotheses are predicted at once."""
        ways = [region.hypotheses() for region in regions]
        firsts = self._read_segments(writing, [next(each) for each in ways])
        for region, first, others in zip(regions, firsts, ways, strict=True):
            if _is_certain(first):
                yield first
                continue
            # They are tried only if they can beat the first.
            hypotheses = [first, *self._read_segments(writing, list(others))]
            if self._line:
                line = self._read_line(writing, region.box, [region])
                hypotheses += [line] if line.digits else []
            yield _choose_best(hypotheses)

    def _read_run(
        self, writing: Writing, run: Run, alone: Iterator[Hypothesis]
    ) -> Hypothesis:
        if self._line and not run.is_single:
            return self._read_line(writing, run.box, run.regions)
        return Hypothesis([token for _ in run.regions for token in next(alone).tokens])

    def _read_whole(
        self, writing: Writing, found: list[list[Hypothesis]]
    ) -> Hypothesis | None:
        """Read the picture as one line, if that may be and explains it better."""
        height, width = writing.ink.shape
        is_strip = width > STRIP * height
        all_found = Hypothesis(
            [t for line in found for run in line for t in run.tokens]
        )
        is_one_line = len(found) <= 1 and len(all_found.tokens) != 1
        if not self._line or not (is_strip or is_one_line):
            return None
        whole = self._read_line(writing, (0, 0, width, height), None)
        if not whole.digits:
            return None
        if whole.confidence >= SPLIT_THRESHOLD and (is_strip or not all_found.tokens):
            return whole
        if not is_strip and not all_found.tokens:
            return None
        before, after = ((each.gain, len(each.tokens)) for each in (all_found, whole))
        return whole if after > before else None

    def _read_line(
        self, writing: Writing, box: Box, regions: list[Region] | None
    ) -> Hypothesis:
        """Read a line with the line network, and its digits with both networks."""
        assert self._line
        signs, edges = read_signs(self._line, writing, box, regions)
        digits = self._combine(writing, [each for each in signs if each.may_be_digit])
        rest = iter(digits)
        tokens = [next(rest) if each.may_be_digit else each.character for each in signs]
        return Hypothesis(tokens, [x * writing.scale for x in edges])

    def _combine(self, writing: Writing, signs: list[Sign]) -> list[Digit]:
        if not signs:
            return []
        candidates = [writing.candidate(sign.segment) for sign in signs]
        own = self._predict(np.stack([each.glyph for each in candidates]))
        both = [
            combine(sign.probabilities, row, self.weights)
            if each.glyph.any()
            else sign.probabilities
            for each, sign, row in zip(candidates, signs, own, strict=True)
        ]
        return list(map(self._to_digit, candidates, both))

    def _read_segments(
        self, writing: Writing, hypotheses: Sequence[Sequence[Segment]]
    ) -> list[Hypothesis]:
        """Read the digits of several hypotheses at once, with the digit network."""
        candidates = [
            writing.candidate(segment) for each in hypotheses for segment in each
        ]
        if not candidates:
            return []
        rows = self._predict(np.stack([each.glyph for each in candidates]))
        digits = map(self._to_digit, candidates, rows)
        return [Hypothesis([next(digits) for _ in each]) for each in hypotheses]

    def _to_digit(self, candidate: Candidate, probabilities: np.ndarray) -> Digit:
        box, glyph = candidate.box, candidate.glyph
        return Digit.of(box, glyph, probabilities[:10], self.threshold)


def combine(
    line: np.ndarray, own: np.ndarray, weights: tuple[float, float]
) -> np.ndarray:
    """Combine what two networks think of one sign of a line.

    The logarithms of the probabilities are added, each with its weight. The digit
    network sees ink that was cut out of the line, and counts only as far as it takes
    that for a digit.

    Args:
        line: (11,) probabilities by the line network, the last of anything else.
        own: (10,) probabilities by the digit network, with the rest for anything else.
        weights: of the two, fitted on lines of people whom neither was trained on.

    Returns:
        (11,) float32 probabilities.

    Source of the method: G. Hinton, "Products of experts" (1999).
    """
    is_digit = float(own.sum())
    own = np.append(own, max(0.0, 1 - is_digit))
    logs = weights[0] * np.log(line + TINY)
    logs += weights[1] * is_digit * np.log(own + TINY)
    powers = np.exp(logs - logs.max())
    return (powers / powers.sum()).astype(np.float32)


def _is_certain(first: Hypothesis) -> bool:
    """Return whether no other hypothesis can exceed the first by `MARGIN`."""
    accepted = all(digit.accepted for digit in first.digits)
    return accepted and first.confidence + MARGIN >= 1


def _choose_best(hypotheses: list[Hypothesis]) -> Hypothesis:
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


def _to_line(runs: list[Hypothesis]) -> Line:
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
