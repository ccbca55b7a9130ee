"""Readings of many pictures as a table in a file: Parquet, JSON lines or CSV.

The last step of `batch`, which fills it. The ending of the file's name says which form
it has; the columns are the same in each, a row for each picture:

    file      text    its name, as the pattern found it
    modified  text    when the file was last changed, UTC, as in ISO 8601
    network   text    what read it
    text      text    what is written in it, "?" for a digit that is not to be trusted
    message   text    a sentence where there is nothing to show, else ""
    error     text    why the picture cannot be read, else ""
    digits    list    for each: label (text), confidence (0 to 1), box (left, top,
                      right, bottom in pixels); JSON text in a CSV
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from digitlib.errors import DigitError
from digitlib.files import replacing

COLUMNS = ("file", "modified", "network", "text", "message", "error", "digits")
PORTION = 10_000  # rows in memory at once, and in a row group of a Parquet file
MISSING = (
    "{} is not installed. This command brings what piles of scans need:\n"
    '    .venv/bin/pip install -c requirements.txt -e ".[batch]"'
)

Row = dict[str, Any]  # a value for each of `COLUMNS`


class _Form(NamedTuple):
    read: Callable[[Path], Iterator[Row]]  # a ValueError where it is something else
    write: Callable[[Path, Iterator[Row]], None]


def check_name(path: Path) -> None:
    """See that the name of a table ends as one of the forms does.

    Raises:
        DigitError: it does not, or the form needs a package that is not installed.
    """
    if path.suffix not in _FORMS:
        raise DigitError(
            f"{path.name} must end in {', '.join(_FORMS)}: its ending says what is"
            " written."
        )
    if path.suffix == ".parquet":
        _parquet()


def read(path: Path, form: str = "") -> Iterator[Row]:
    """Read a table row by row; there is never more than a portion in memory.

    Args:
        path: of the table.
        form: an ending, where that of the name does not say it.

    Raises:
        DigitError: the file holds something else.
    """
    try:
        yield from _FORMS[form or path.suffix].read(path)
    except (ValueError, TypeError, KeyError) as error:
        raise DigitError(
            f"{path} is there, but is no table of readings with the columns"
            f" {', '.join(COLUMNS)}: move it away, or name another file."
        ) from error


def write(path: Path, rows: Iterable[Row]) -> None:
    """Write a table in one step: whoever looks finds the old one, none or the new one.

    Raises:
        DigitError: it cannot be written; the message says why.
    """
    with writing(path), replacing(path) as beside:
        _FORMS[path.suffix].write(beside, iter(rows))


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say what keeps a file from being written in a sentence."""
    try:
        yield
    except OSError as error:
        raise DigitError(f"{path} cannot be written: {error.strerror}.") from error


def to_json(row: Row) -> str:
    """A row as a line of JSON."""
    return json.dumps(row) + "\n"


def _checked(row: Row) -> Row:
    if tuple(row) != COLUMNS:
        raise ValueError(f"other columns: {list(row)}")
    return row


def _read_lines(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield _checked(json.loads(line))


def _write_lines(path: Path, rows: Iterator[Row]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(to_json(row) for row in rows)


def _read_csv(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        table = csv.DictReader(file)
        _checked(dict.fromkeys(table.fieldnames or ()))
        for row in table:
            yield row | {"digits": json.loads(row["digits"])}


def _write_csv(path: Path, rows: Iterator[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        table.writerows(row | {"digits": json.dumps(row["digits"])} for row in rows)


@cache
def _parquet() -> tuple[Any, Any]:
    """What writes Parquet, and the schema of `COLUMNS`."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise DigitError(MISSING.format("pyarrow")) from error
    digit = pa.struct(
        {"label": pa.string(), "confidence": pa.float64(), "box": pa.list_(pa.int32())}
    )
    texts = dict.fromkeys(COLUMNS, pa.string())
    return parquet, pa.schema(texts | {"digits": pa.list_(digit)})


def _read_parquet(path: Path) -> Iterator[Row]:
    parquet, schema = _parquet()
    with parquet.ParquetFile(path) as file:
        if not file.schema_arrow.equals(schema):
            raise ValueError(f"another schema: {file.schema_arrow}")
        for portion in file.iter_batches(PORTION):
            yield from portion.to_pylist()


def _write_parquet(path: Path, rows: Iterator[Row]) -> None:
    import pyarrow as pa

    parquet, schema = _parquet()
    with parquet.ParquetWriter(path, schema) as writer:
        while portion := list(islice(rows, PORTION)):
            writer.write_table(pa.Table.from_pylist(portion, schema))


_FORMS = {
    ".parquet": _Form(_read_parquet, _write_parquet),
    ".jsonl": _Form(_read_lines, _write_lines),
    ".csv": _Form(_read_csv, _write_csv),
}
