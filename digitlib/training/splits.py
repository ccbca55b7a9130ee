"""Set validation data aside by writers, so that nobody's hand is in two parts.

Somebody's second 4 looks much like the first one. If one of them is trained on, the
other says little about what a network does with a stranger's digits.
"""

import hashlib
from collections.abc import Hashable, Mapping

import numpy as np

from digitlib.training.people import STUDENTS, Pens

Indices = np.ndarray
VALIDATION_SIZE = 5_000  # items, about
SHARE = 6  # a sixth of the items at most is set aside

# Providers of UNIPEN whose writers gave their names. Some sent two collections.
_ONE_HOUSE = ("apa", "apb", "apc", "apd", "ape", "app")


def split_by_writer(
    writers: np.ndarray,
    size: int = VALIDATION_SIZE,
    groups: np.ndarray | None = None,
    shares: Mapping[Hashable, float] | None = None,
) -> tuple[Indices, Indices]:
    """Set aside all that some of the writers wrote.

    The writers are taken in an order that looks like chance but is the same on every
    machine, as many as come nearest to the size.

    Args:
        writers: (n,) who wrote each item.
        size: about how many items to set aside; at most a sixth of them is used.
        groups: (n,) kinds of writers, each of which is to have its share. A writer
            counts as of the kind of his or her first item.
        shares: the share of each kind in what is set aside, 0 to 1; None for that which
            the kind has in all the items.

    Returns:
        The indices of the training items and of the validation items, both in order.

    Example:
        >>> writers = np.repeat(["Ada", "Bo", "Cy", "Di", "Ed", "Flo"], 10)
        >>> training, validation = split_by_writer(writers)
        >>> len(np.unique(writers[validation]))
        1
    """
    size = min(size, len(writers) // SHARE)
    groups = np.zeros(len(writers), int) if groups is None else groups
    names, first, counts = np.unique(writers, return_index=True, return_counts=True)
    kinds = groups[first]
    chosen, missing = [], 0.0
    for kind in np.unique(kinds):
        share = np.mean(groups == kind) if shares is None else shares[kind.item()]
        missing += share * size  # what one kind lacks, the next one makes good
        for i in sorted(
            np.flatnonzero(kinds == kind), key=lambda i: _rank(names[i].item())
        ):
            if counts[i] / 2 <= missing:
                chosen.append(names[i])
                missing -= counts[i]
    is_chosen = np.isin(writers, chosen)
    return np.flatnonzero(~is_chosen), np.flatnonzero(is_chosen)


def split_mnist(writers: np.ndarray, series: np.ndarray) -> tuple[Indices, Indices]:
    """Set aside about 5,000 of MNIST's training digits, by writers.

    Half of them were written by students and half by clerks, as in the test set.

    Args:
        writers: (60000,) as `load_writers` gives them for the training digits.
        series: (60000,) likewise.

    Returns:
        The indices of the training and of the validation digits, in order.
    """
    is_student = series == STUDENTS
    return split_by_writer(writers, groups=is_student, shares={True: 0.5, False: 0.5})


def split_pens(
    pens: Mapping[str, Pens],
) -> tuple[dict[str, Pens], dict[str, Pens]]:
    """Set aside about a sixth of each set of pen strokes, by writers.

    Somebody whose digits are set aside has the letters and signs set aside too. The
    providers have the same shares in both parts, as nearly as whole writers allow.

    Args:
        pens: as `load_pens` returns them.

    Returns:
        The training part and the validation part, each with the same keys.
    """
    aside: dict[str, bool] = {}  # of each person: decided by the first set with any
    training, validation = {}, {}
    for name, pen in pens.items():
        persons = np.array([find_person(writer) for writer in pen.writers], dtype=str)
        providers = np.array(
            [writer.split("/")[0] for writer in pen.writers], dtype=str
        )
        new = np.flatnonzero([person not in aside for person in persons])
        parts = split_by_writer(persons[new], len(new), providers[new])
        for part, decision in zip(parts, (False, True), strict=True):
            aside |= dict.fromkeys(persons[new][part].tolist(), decision)
        is_aside = np.array([aside[person] for person in persons], dtype=bool)
        training[name] = pen.take(np.flatnonzero(~is_aside))
        validation[name] = pen.take(np.flatnonzero(is_aside))
    return training, validation


def find_person(writer: str) -> str:
    """Return who a writer of UNIPEN is, under whichever number or provider.

    Thirty people sent two collections under the same name, such as "apb" with
    characters and "apd" with words. In the parts d1 and d2 of "scr", the same number,
    as in "d1_ww000144", is taken for the same person.

    Example:
        >>> find_person("apb/Ann_Other") == find_person("ape/Ann_Other")
        True
    """
    provider, name = writer.split("/", 1)
    if provider in _ONE_HOUSE:
        return f"ap/{name}"
    return f"scr/{name.partition('_')[2]}" if provider == "scr" else writer


def _rank(name: Hashable) -> bytes:
    """Give a writer a place in the order, the same on every machine."""
    return hashlib.sha256(str(name).encode()).digest()
