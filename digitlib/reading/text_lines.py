"""Find the text lines in a picture, and cut out the strips that are read at once.

    regions of ink -> lines, from top to bottom -> runs, with wide gaps between them
        -> a strip of grey for each run -> the line network

Geometry only proposes: what is written, the networks decide.
"""

from dataclasses import dataclass

import numpy as np

from digitlib.reading.boxes import Box, surround
from digitlib.reading.segment import Region

NEAREST = 3  # of a line, with one of which its next digit has some height in common:
SAME_LINE = 0.4  # as a share of the lower of both
# The others are shares of the height of the line's tallest ink.
WIDE_GAP = 2.0  # a wider gap divides a line into runs
REACH = 0.8  # a sign at the end of a line is at most this far away
MARGIN = 0.2  # of paper around a strip


@dataclass(frozen=True)
class Run:
    """Neighbouring ink of one text line.

    Attributes:
        regions: the ink, from left to right.
    """

    regions: list[Region]

    @property
    def is_single(self) -> bool:
        """Whether it may be a single digit."""
        return len(self.regions) == 1

    @property
    def box(self) -> Box:
        """The bounding box of all the ink."""
        return surround(region.box for region in self.regions)


def find_lines(regions: list[Region]) -> list[list[Run]]:
    """Sort regions into text lines, which may slant, and these into runs.

    Args:
        regions: the ink of a picture, in any order.

    Returns:
        The lines from top to bottom; each lists its runs from left to right.
    """
    lines: list[list[Region]] = []
    for region in sorted(regions, key=lambda region: region.box[0]):
        shares = [
            max(_share(before.box, region.box) for before in line[-NEAREST:])
            for line in lines
        ]
        if max(shares, default=0.0) > SAME_LINE:
            lines[int(np.argmax(shares))].append(region)
        else:
            lines.append([region])
    lines.sort(key=lambda line: np.median([r.box[1] + r.box[3] for r in line]))
    return [_divide(line) for line in lines]


def cut_strip(ink: np.ndarray, box: Box) -> Box:
    """Return the part of a picture that shows a run: its ink, signs at its ends, paper.

    Args:
        ink: (height, width) float32 in [0, 1], of the whole picture.
        box: around the ink of the run.
    """
    left, top, right, bottom = box
    height = bottom - top
    reach = round(REACH * height)
    inked = np.flatnonzero((ink[top:bottom] > 0.5).any(axis=0))
    while len(before := inked[(inked >= left - reach) & (inked < left)]):
        left = int(before[0])
    while len(after := inked[(inked >= right) & (inked < right + reach)]):
        right = int(after[-1]) + 1
    margin = max(2, round(MARGIN * height))
    return (
        max(0, left - margin),
        max(0, top - margin),
        min(ink.shape[1], right + margin),
        min(ink.shape[0], bottom + margin),
    )


def _share(a: Box, b: Box) -> float:
    """Return the height that two boxes have in common, as a share of the lower."""
    common = min(a[3], b[3]) - max(a[1], b[1])
    return common / max(1, min(a[3] - a[1], b[3] - b[1]))


def _divide(line: list[Region]) -> list[Run]:
    runs = [[line[0]]]
    for region in line[1:]:
        box = surround(each.box for each in runs[-1])
        if region.box[0] - box[2] > WIDE_GAP * (box[3] - box[1]):
            runs.append([])
        runs[-1].append(region)
    return [Run(run) for run in runs]
