"""The class set: digits that the people in a class wrote and contributed.

    pad of the web app -> samples.Sample -> store (SQLite) -> export -> a file
    a file, photographs, one's own pad -> writers.gather -> ClassSet -> finetune

`synthetic` generates a class if nobody has written one yet. The public names are those
in `__all__`.
"""

from digitlib.classset.export import FORMATS
from digitlib.classset.samples import Sample, from_line
from digitlib.classset.store import Store
from digitlib.classset.upkeep import Upkeep
from digitlib.classset.writers import ClassSet, gather, my_folder, split

__all__ = [
    "FORMATS",
    "ClassSet",
    "Sample",
    "Store",
    "Upkeep",
    "from_line",
    "gather",
    "my_folder",
    "split",
]
