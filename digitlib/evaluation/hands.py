"""Gather handwriting of several people for lesson 07, real people first.

my-digits/ -> classset.gather -+
Swiss scans, if they are here -+-> ClassSet, with a writer to each digit
a made-up class, if nobody is -+
"""

import numpy as np

from digitlib.classset.writers import ME, ClassSet, gather
from digitlib.training.archives import SWISS
from digitlib.training.handwriting import read_scans
from digitlib.training.people import load_swiss
from digitlib.training.sources import is_here

EACH = 6  # of every digit of a Swiss writer: sixty in all, as a reader writes


def gather_hands() -> ClassSet:
    """Gather the reader's digits, and those of a class or of other people.

    If nobody of a class wrote any, people from Switzerland stand beside the reader, as
    far as `digitlib data --people` has put their digits on this machine. Only where
    these are missing too, a class is made up by a program. What it is is printed.

    Returns:
        The digits of all writers.
    """
    own = gather(made_up=False)
    if not set(own.writers) <= {ME}:
        return own
    if not is_here(SWISS):
        print("The digits of real people are not here: `digitlib data --people`.")
        return gather()
    people = _read_swiss()
    writers = len(np.unique(people.writers))
    print(f"{len(people.labels):,} digits by {writers} people, most of them Swiss.")
    return _join(own, people)


def _read_swiss() -> ClassSet:
    """Read some digits of each writer, 0 to 9 in turn."""
    scans = load_swiss()
    groups = [
        np.flatnonzero((scans.writers == writer) & (scans.labels == label))[:EACH]
        for writer in np.unique(scans.writers)
        for label in range(10)
    ]
    nth = np.concatenate([np.arange(len(group)) for group in groups])
    some = np.concatenate(groups)
    some = some[np.lexsort((scans.labels[some], nth, scans.writers[some]))]
    scans = scans.take(some)
    images, found = read_scans(scans)
    numbers = [f"writer {name.partition('_')[0]}" for name in scans.writers[found]]
    return ClassSet(
        images[found],
        scans.labels[found],
        np.array(numbers),
        np.full(found.sum(), "paper"),
    )


def _join(first: ClassSet, second: ClassSet) -> ClassSet:
    pairs = [
        (getattr(first, name), getattr(second, name))
        for name in ("images", "labels", "writers", "styles")
    ]
    return ClassSet(*(np.concatenate(pair) for pair in pairs))
