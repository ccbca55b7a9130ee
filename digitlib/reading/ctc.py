"""Decode what the line network gives: connectionist temporal classification (CTC).

For each of a strip's columns, four pixels wide, the network gives a logit for "blank"
and for each sign of the alphabet. Source: A. Graves et al., "Connectionist temporal
classification: labelling unsegmented sequence data with recurrent neural networks"
(ICML 2006).
"""

from dataclasses import dataclass

import numpy as np

SIGNS = ".,-/:+=()%"
OTHER = "?"  # a sign that is none of the others
ALPHABET = "0123456789" + SIGNS + OTHER
BLANK = 0  # the class of "nothing new"; sign i of the alphabet is class i + 1
CLASSES = len(ALPHABET) + 1

# Share of signs that are `OTHER`: counted in made lines, and guessed for life.
TRAINED, MET = 0.07, 0.01


@dataclass(frozen=True)
class Decoded:
    """What is written on a strip.

    Attributes:
        text: over `ALPHABET`.
        confidences: (n,) float32, of each sign: its probability where it is highest.
        columns: (n, 2) int: the first column of each sign, and the one after its last.
        peaks: (n,) int: the column where it is most probable.
    """

    text: str
    confidences: np.ndarray
    columns: np.ndarray
    peaks: np.ndarray


def decode(logits: np.ndarray) -> Decoded:
    """Decode greedily: the best class of each column, without repeats and blanks.

    Args:
        logits: (columns, `CLASSES`) float32.

    Returns:
        The text, and where each of its signs is.

    Example:
        >>> logits = np.zeros((3, CLASSES))
        >>> logits[[0, 1, 2], [BLANK, 8, 8]] = 9
        >>> decode(logits).text
        '7'
    """
    probabilities = softmax(logits)
    best = probabilities.argmax(axis=1)
    starts = np.flatnonzero(np.diff(best, prepend=-1))  # of runs of one class
    ends = np.append(starts[1:], len(best))
    is_sign = best[starts] != BLANK
    runs = np.stack([starts, ends], axis=1)[is_sign].reshape(-1, 2)
    classes = best[runs[:, 0]]
    peaks = np.array(
        [
            start + int(probabilities[start:end, each].argmax())
            for (start, end), each in zip(runs, classes, strict=True)
        ],
        int,
    )
    return Decoded(
        "".join(ALPHABET[each - 1] for each in classes),
        probabilities[peaks, classes].astype(np.float32),
        runs,
        peaks,
    )


def as_met(logits: np.ndarray) -> np.ndarray:
    """Correct logits of the line network for how rare letters are in numbers.

    It is trained on many, so that it knows them. What `OTHER` loses goes to the other
    signs of the same column, and not to "nothing new": no sign is lost by this.

    Args:
        logits: (columns, `CLASSES`) float32.

    Returns:
        The same shape.

    Source of the method: M. Saerens et al., "Adjusting the outputs of a classifier to
    new a priori probabilities" (2002).
    """
    signs = logits[:, 1:].copy()
    signs[:, -1] += np.log(MET / TRAINED)
    signs += _log_sum(logits[:, 1:]) - _log_sum(signs)
    return np.hstack([logits[:, :1], signs])


def _log_sum(logits: np.ndarray) -> np.ndarray:
    largest = logits.max(axis=1, keepdims=True)
    return largest + np.log(np.exp(logits - largest).sum(axis=1, keepdims=True))


def softmax(logits: np.ndarray) -> np.ndarray:
    """Turn logits into probabilities along the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def encode(text: str) -> list[int]:
    """Return the classes of a text, as the network is taught them."""
    return [ALPHABET.index(character) + 1 for character in text]


def edit_distance(a: str, b: str) -> int:
    """Count the signs to insert, delete or replace to make one text of another.

    Source: V. Levenshtein, "Binary codes capable of correcting deletions, insertions
    and reversals" (1966).
    """
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, right in enumerate(b, 1):
            before, row[j] = (
                row[j],
                min(row[j] + 1, row[j - 1] + 1, before + (left != right)),
            )
    return row[-1]
