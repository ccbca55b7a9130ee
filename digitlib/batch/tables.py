"""Tables of readings in a file: Parquet, JSON lines or CSV.

`journal` writes one as the last step of a batch. The suffix of the file name chooses
the format; the columns are the same in each, with one row per picture, which is a file
or one page of it:

    file      text    its path, as the pattern found it
    page      number  the page of a PDF or TIFF, from 1; else 1
    pages     number  how many pages the file has; the same in all of its rows
    modified  text    when the file was last changed, in UTC, as in ISO 8601
    network   text    the network that read it
    text      text    its lines of digits and signs, with a line break between them;
                      "?" for a rejected digit
    message   text    a sentence if there is no digit, else ""
    error     text    why the picture cannot be read, else ""
    digits    list    for each digit its label (text), confidence (0 to 1) and bounding
                      box (left, top, right, bottom in pixels); JSON text in a CSV

A spreadsheet would compute a cell of a CSV that begins like a formula, such as the name
of a file that a stranger sent. There such a text begins with an apostrophe, which
spreadsheets do not show; `read` removes it.
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

COLUMNS = (
    *("file", "page", "pages", "modified", "network"),
    *("text", "message", "error", "digits"),
)
NUMBERS = ("page", "pages")  # the columns that are whole numbers
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # how a spreadsheet's formula begins
APOSTROPHE = "'"
CHUNK = 10_000  # rows in memory at once, and in a row group of a Parquet file
MISSING = (
    "{} is not installed. This command installs what tables of many files need:\n"
    "    pip install distributed pyarrow tqdm"
)

Row = dict[str, Any]  # a value for each of `COLUMNS`


class _Format(NamedTuple):
    read: Callable[[Path], Iterator[Row]]  # raises ValueError for any other content
    write: Callable[[Path, Iterator[Row]], None]


def check_name(path: Path) -> None:
    """Check that a table's name is that of a file in one of the formats.

    Raises:
        DigitError: it is not, or the format needs a package that is not installed.
    """
    if path.is_dir():
        raise DigitError(f"{path} is a folder: name a file for the table.")
    if path.suffix not in _FORMATS:
        raise DigitError(
            f"{path.name} must end in {', '.join(_FORMATS)}: the ending chooses the"
            " format."
        )
    if path.suffix == ".parquet":
        _parquet()


def read(path: Path, suffix: str = "") -> Iterator[Row]:
    """Read a table row by row, with never more than a chunk in memory.

    Args:
        path: the path of the table.
        suffix: the format, if the path's own suffix does not say it.

    Yields:
        The rows.

    Raises:
        DigitError: the file contains something else.
    """
    try:
        yield from _FORMATS[suffix or path.suffix].read(path)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DigitError(
            f"{path} exists, but it is not a table of readings with the columns"
            f" {', '.join(COLUMNS)}: move it away, or choose another file."
        ) from error
    except OSError as error:
        raise DigitError(f"{path} cannot be read: {error.strerror}.") from error


def write(path: Path, rows: Iterable[Row]) -> None:
    """Write a table in one step, so that there is never an incomplete one.

    Raises:
        DigitError: the table cannot be written; the message says why.
    """
    with writing(path), replacing(path) as temporary:
        _FORMATS[path.suffix].write(temporary, iter(rows))


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Explain in a message why a file cannot be written."""
    try:
        yield
    except OSError as error:
        raise DigitError(f"{path} cannot be written: {error.strerror}.") from error


def to_json(row: Row) -> str:
    """Convert a row to a line of JSON."""
    return json.dumps(row) + "\n"


def from_json(line: str) -> Row:
    """Convert such a line to a row.

    Raises:
        ValueError: it is something else.
    """
    row = json.loads(line)
    if not isinstance(row, dict):
        raise ValueError("no row")
    return _checked(row)


def _checked(row: Row) -> Row:
    if tuple(row) != COLUMNS:
        raise ValueError(f"other columns: {list(row)}")
    return row


def _read_lines(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield from_json(line)


def _write_lines(path: Path, rows: Iterator[Row]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(to_json(row) for row in rows)


def _read_csv(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        table = csv.DictReader(file)
        _checked(dict.fromkeys(table.fieldnames or ()))
        for row in table:
            texts = {name: text.removeprefix(APOSTROPHE) for name, text in row.items()}
            numbers = {name: int(row[name]) for name in NUMBERS}
            yield texts | numbers | {"digits": json.loads(row["digits"])}


def _write_csv(path: Path, rows: Iterator[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        for row in rows:
            cells = row | {"digits": json.dumps(row["digits"])}
            table.writerow({name: _as_text(cell) for name, cell in cells.items()})


def _as_text(cell: Any) -> Any:
    """Mark a text that a spreadsheet would take for a formula, or for such a mark."""
    is_marked = isinstance(cell, str) and cell.startswith((*FORMULA, APOSTROPHE))
    return APOSTROPHE + cell if is_marked else cell


@cache
def _parquet() -> tuple[Any, Any]:
    """Load the module for Parquet, and the schema of `COLUMNS`."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise DigitError(MISSING.format("pyarrow")) from error
    digit = pa.struct(
        {"label": pa.string(), "confidence": pa.float64(), "box": pa.list_(pa.int32())}
    )
    columns = dict.fromkeys(COLUMNS, pa.string()) | dict.fromkeys(NUMBERS, pa.int32())
    return parquet, pa.schema(columns | {"digits": pa.list_(digit)})


def _read_parquet(path: Path) -> Iterator[Row]:
    parquet, schema = _parquet()
    with parquet.ParquetFile(path) as file:
        if not file.schema_arrow.equals(schema):
            raise ValueError(f"another schema: {file.schema_arrow}")
        for chunk in file.iter_batches(CHUNK):
            yield from chunk.to_pylist()


def _write_parquet(path: Path, rows: Iterator[Row]) -> None:
    import pyarrow as pa

    parquet, schema = _parquet()
    with parquet.ParquetWriter(path, schema) as writer:
        while chunk := list(islice(rows, CHUNK)):
            writer.write_table(pa.Table.from_pylist(chunk, schema))


_FORMATS = {
    ".parquet": _Format(_read_parquet, _write_parquet),
    ".jsonl": _Format(_read_lines, _write_lines),
    ".csv": _Format(_read_csv, _write_csv),
}
