"""Piles of scans into one table, on all cores of a machine or of a Dask cluster.

    files -> batch.run -> workers -> rows -> journal (kept as they come) -> tables

`tables` says which columns there are and in which formats they are written. Public is
what `__all__` names.
"""

from digitlib.batch.batch import Summary, find, run

__all__ = ["Summary", "find", "run"]
