"""The class set: digits that people of a class wrote and gave.

    pad of the web app -> samples.Sample -> store (SQLite) -> export -> a file
    a file, photographs, one's own pad -> writers.gather -> ClassSet -> finetune

`synthetic` makes a class up where nobody has written yet. Public is what `__all__`
names.
"""

from digitlib.classset.export import FORMATS, pack
from digitlib.classset.samples import Sample, from_line
from digitlib.classset.store import Store
from digitlib.classset.writers import ClassSet, gather, my_folder, split

__all__ = [
    "FORMATS",
    "ClassSet",
    "Sample",
    "Store",
    "from_line",
    "gather",
    "my_folder",
    "pack",
    "split",
]
