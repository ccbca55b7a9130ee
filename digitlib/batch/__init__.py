"""Reads batches of scans into one table, on all cores of a machine or a Dask cluster.

    files -> batch.run -> workers -> rows -> journal (saved one by one) -> tables

`tables` defines the columns and the formats in which they are written. The public names
are those in `__all__`.
"""

from digitlib.batch.batch import Summary, run
from digitlib.batch.patterns import find

__all__ = ["Summary", "find", "run"]
