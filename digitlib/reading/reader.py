"""Read whole pictures: geometry proposes, the networks decide.

Writing -> find_lines -> for each run of a line
one region, and the digit network is sure    -> its answer
several regions, or doubt                    -> line_reading -> combine
-> the most confident hypothesis -> Reading
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import takewhile
from operator import itemgetter

import numpy as np

from digitlib.reading import guesses, sheet, turning
from digitlib.reading.boxes import Box
from digitlib.reading.exposure import describe_exposure
from digitlib.reading.forms import is_empty_form
from digitlib.reading.hypotheses import (
    SPLIT_THRESHOLD,
    Hypothesis,
    Token,
    choose_best,
    is_certain,
    to_line,
)
from digitlib.reading.line_network import LineNetwork
from digitlib.reading.line_reading import Sign, find_missed, read_signs
from digitlib.reading.picture import Picture, Source, open_picture
from digitlib.reading.preprocess import Candidate, Writing, find_writing, guess_writings
from digitlib.reading.results import Digit, Reading
from digitlib.reading.segment import Region, Segment
from digitlib.reading.text_lines import Run, find_lines

STRIP = 1.5  # ratio of width to height from which a picture may be one line
RULED = "147"  # what a line of a table, or two that cross, are read as
SURE = 0.8  # confidence of a digit that the line network left out
TINY = 1e-3  # added to each probability: no network is surer than that of a line
WEIGHTS = (1.0, 0.4)  # of the line network and of the digit network: see `combine`

Predict = Callable[[np.ndarray], np.ndarray]  # glyphs to (n, 10) probabilities
HasTime = Callable[[], bool]  # whether one more way to read a picture may be tried


class Reader:
    """Reads pictures with a digit network and, if there is one, a line network.

    Args:
        predict: runs the digit network.
        glance: runs it faster, for the digits of a line, where it has the smaller say.
        threshold: the confidence below which a digit is rejected.
        line: runs the line network; None if there is none.
        weights: of the line network and of the digit network, as of `combine`.
    """

    def __init__(
        self,
        predict: Predict,
        glance: Predict,
        threshold: float,
        line: LineNetwork | None = None,
        weights: tuple[float, float] = WEIGHTS,
    ):
        self.threshold = threshold
        self.weights = weights
        self._predict = predict
        self._glance = glance
        self._line = line

    def read(self, source: Source, has_time: HasTime = lambda: True) -> Reading:
        """Read every line of a picture; see `Model.read`."""
        picture = open_picture(source)
        reading = self._read_any_way_up(picture, has_time)
        light = describe_exposure(picture.pixels)
        message = guesses.add(light, reading.message)
        if not has_time() and not guesses.is_clear(reading.digits, picture.size):
            message = f"{message} {guesses.HASTY}".strip()
        return replace(reading, message=message)

    def _read_any_way_up(self, picture: Picture, has_time: HasTime) -> Reading:
        """Read a picture upright, and turned if that is poor."""
        reading = self._read_upright(picture, has_time)
        by_itself = self._read_sheet(picture, has_time) if has_time() else None
        if by_itself and guesses.is_surer(by_itself.digits, reading.digits):
            return by_itself
        if not guesses.is_poor(reading.digits):
            return reading
        least = guesses.gain(reading.digits)
        return self._read_turned(picture, least, has_time) or reading

    def _read_sheet(self, picture: Picture, has_time: HasTime) -> Reading | None:
        """Read a sheet of paper that lies in the picture, whichever way it lies."""
        corners = sheet.find_sheet(picture)
        if corners is None:
            return None
        flat = sheet.flatten(picture, corners)
        reading = self._read_upright(flat, has_time)
        lift = partial(sheet.lift, corners=corners)
        is_clear = guesses.is_clear(reading.digits, flat.size)
        ways = () if is_clear else (0, *turning.QUARTERS)
        for quarters in takewhile(lambda _: has_time(), ways):
            turned = self._read_writing(find_writing(turning.turn(flat, quarters)))
            if guesses.count_sure(turned.digits) > guesses.count_sure(reading.digits):
                back = partial(turning.turn_back, quarters=quarters, size=flat.size)
                reading = turned.with_boxes(back, turned.message)
        return reading.with_boxes(lift, f"{sheet.ALONE} {reading.message}".strip())

    def _read_upright(self, picture: Picture, has_time: HasTime) -> Reading:
        """Read each guess at the ink until one is clear, and return the best."""
        best, highest, has_ink = Reading(()), -np.inf, False
        for i, writing in enumerate(guess_writings(picture)):
            reading = self._read_writing(writing)
            has_ink |= bool(writing.ink.any())
            later = (guesses.CLEAR, writing.left_out.small) if i else ()
            gain = guesses.gain(reading.digits, *later)
            if gain > highest:
                best, highest = reading, gain
                if guesses.is_clear(reading.digits, picture.size):
                    break
            if not has_time():
                break
        if has_ink:  # in a guess that was not the best
            message = best.message.replace(guesses.NO_INK, guesses.NO_DIGIT)
            return replace(best, message=message)
        return best

    def _read_turned(
        self, picture: Picture, least: float, has_time: HasTime
    ) -> Reading | None:
        """Read a picture turned, if that is clear and gains more than the least."""
        for quarters in takewhile(lambda _: has_time(), turning.QUARTERS):
            turned = turning.turn(picture, quarters)
            reading = self._read_writing(find_writing(turned))
            is_many = len(reading.digits) >= guesses.SEVERAL
            is_clear = guesses.is_clear(reading.digits, turned.size)
            if is_many and is_clear and guesses.gain(reading.digits) > least:
                back = partial(turning.turn_back, quarters=quarters, size=picture.size)
                said = turning.TURNED.format(turning.LIES[quarters])
                message = f"{said} {reading.message}".strip()
                return reading.with_boxes(back, message)
        return None

    def _read_writing(self, writing: Writing) -> Reading:
        found = self._read_lines(writing, find_lines(writing.regions))
        digits = [digit for line in found for run in line for digit in run.digits]
        objects = [
            run.digits[0]
            for line in found
            for run in line
            if len(run.digits) == len(run.tokens) == 1
            and guesses.is_object(run.digits[0], digits, writing.size)
        ]
        kept = [[run.without(objects) for run in line] for line in found]
        accepted = [each for each in digits if each.accepted]
        boxes = [writing.own_box(each.box) for each in accepted]
        labels = [each.label for each in accepted]
        if is_empty_form(writing.pixels, boxes, labels):
            kept = []
        read = [to_line(line) for line in kept if any(run.digits for run in line)]
        has_ink = bool(writing.ink.any())
        message = guesses.describe(writing.left_out, has_ink, bool(read), bool(objects))
        return Reading(tuple(read), message)

    def _read_lines(
        self, writing: Writing, lines: list[list[Run]]
    ) -> list[list[Hypothesis]]:
        """Read lines run by run, or the picture as one line if that explains it better.

        A strip is read as one line first, anything else only if its runs leave doubt.
        """
        height, width = writing.ink.shape
        is_strip = width > STRIP * height
        whole = None
        if self._line and is_strip and len(lines) <= 1:
            whole = self._read_picture(writing)
            if whole.confidence >= SPLIT_THRESHOLD:
                return [[whole]]
        found = self._read_runs(writing, lines)
        if not self._line or not _may_be_one_line(lines, found, writing.size, is_strip):
            return found
        whole = whole or self._read_picture(writing)
        return [[whole]] if _is_better(whole, found, is_strip) else found

    def _read_picture(self, writing: Writing) -> Hypothesis:
        """Read the whole picture as one line."""
        height, width = writing.ink.shape
        return self._read_line(writing, (0, 0, width, height), None)

    def _read_runs(
        self, writing: Writing, lines: list[list[Run]]
    ) -> list[list[Hypothesis]]:
        alone = [
            region
            for line in lines
            for run in line
            if run.is_single or not self._line
            for region in run.regions
        ]
        single = iter(self._read_alone(writing, alone))
        return [
            [self._read_run(writing, run, single) for run in line] for line in lines
        ]

    def _read_alone(
        self, writing: Writing, regions: list[Region]
    ) -> Iterator[Hypothesis]:
        """Read regions one by one; all their first hypotheses are predicted at once."""
        ways = [region.hypotheses() for region in regions]
        firsts = self._read_segments(writing, [next(each) for each in ways])
        for region, first, others in zip(regions, firsts, ways, strict=True):
            if region.dotted and [d.accepted for d in first.digits] == [True]:
                (dotted,) = self._read_segments(writing, [[region.dotted]])
                if not dotted.digits[0].accepted:
                    yield dotted  # an i, not a 1
                    continue
            if is_certain(first):
                yield first
                continue
            # They are tried only if they can beat the first.
            hypotheses = [first, *self._read_segments(writing, list(others))]
            if self._line:
                # What stands alone is a letter as often as digits that touch.
                line = self._read_line(writing, region.box, [region], is_number=False)
                hypotheses += [line] if len(line.digits) > 1 else []
            yield choose_best(hypotheses)

    def _read_run(
        self, writing: Writing, run: Run, alone: Iterator[Hypothesis]
    ) -> Hypothesis:
        if self._line and not run.is_single:
            return self._read_line(writing, run.box, run.regions)
        return Hypothesis([token for _ in run.regions for token in next(alone).tokens])

    def _read_line(
        self,
        writing: Writing,
        box: Box,
        regions: list[Region] | None,
        *,
        is_number: bool = True,
    ) -> Hypothesis:
        """Read a line with the line network, and its digits with both networks."""
        assert self._line
        signs, edges = read_signs(
            self._line, writing, box, regions, is_number=is_number
        )
        if regions:  # the strip still shows the ruling, which has no ink
            signs = [
                s for s in signs if s.character not in RULED or s.segment.ink.any()
            ]
        digits = self._combine(writing, [each for each in signs if each.may_be_digit])
        rest = iter(digits)
        placed: list[tuple[float, Token]] = [
            (each.middle, next(rest) if each.may_be_digit else each.character)
            for each in signs
        ]
        if regions:
            placed += self._read_missed(writing, find_missed(signs, regions))
        tokens = [token for _, token in sorted(placed, key=itemgetter(0))]
        return Hypothesis(tokens, [x * writing.scale for x in edges])

    def _read_missed(
        self, writing: Writing, regions: list[Region]
    ) -> Iterator[tuple[float, Digit]]:
        """Read strokes that the line network takes for print, and keep sure digits."""
        for region in regions:
            (each,) = self._read_segments(writing, [[region.whole]])
            if each.confidence >= SURE:
                yield (region.box[0] + region.box[2]) / 2, each.digits[0]

    def _combine(self, writing: Writing, signs: list[Sign]) -> list[Digit]:
        if not signs:
            return []
        candidates = [writing.candidate(sign.segment) for sign in signs]
        own = self._glance(np.stack([each.glyph for each in candidates]))
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


def _may_be_one_line(
    lines: list[list[Run]],
    found: list[list[Hypothesis]],
    size: tuple[int, int],
    is_strip: bool,
) -> bool:
    """Return whether a picture may say something else if it is read as one line."""
    if is_strip:
        return not _are_rows(found, size)
    if len(found) > 1 or len(_tokens(found)) == 1:
        return False
    runs = [run for line in lines for run in line]
    was_read_so = len(runs) == 1 and not runs[0].is_single
    return not was_read_so or found[0][0].confidence < SPLIT_THRESHOLD


def _is_better(
    whole: Hypothesis, found: list[list[Hypothesis]], is_strip: bool
) -> bool:
    """Return whether a picture is better explained as one line than run by run."""
    all_found = Hypothesis(_tokens(found))
    if not whole.digits:
        return not whole.tokens and not any(d.accepted for d in all_found.digits)
    if whole.confidence >= SPLIT_THRESHOLD and (is_strip or not all_found.tokens):
        return True
    if not is_strip and not all_found.tokens:
        return False
    if len(found) > 1:
        # The paper's pattern falls into many lines, which are unsurely read.
        return whole.mean_confidence > all_found.mean_confidence
    before, after = ((e.gain, len(e.tokens)) for e in (all_found, whole))
    return after > before


def _tokens(found: list[list[Hypothesis]]) -> list[Token]:
    return [token for line in found for run in line for token in run.tokens]


def _are_rows(found: list[list[Hypothesis]], size: tuple[int, int]) -> bool:
    """Return whether several lines are surely read, each with several digits."""
    rows = [[digit for run in line for digit in run.digits] for line in found]
    is_sure = guesses.is_clear([digit for row in rows for digit in row], size)
    return is_sure and len(rows) > 1 and min(map(len, rows)) > 1


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
