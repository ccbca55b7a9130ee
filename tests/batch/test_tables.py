"""A table of readings is the same in every format, and never incomplete."""

import csv
import json
import sys

import pyarrow as pa
import pytest
from pyarrow import parquet

from digitlib.batch import tables
from digitlib.errors import DigitError
from tests.together import run_together


def row(file, **changes):
    digit = {"label": "7", "confidence": 0.987654, "box": [1, 2, 30, 40]}
    values = {"file": file, "page": 1, "pages": 1}
    values |= {"modified": "2026-01-02T03:04:05+00:00", "network": "cnn"}
    values |= {"text": "7", "message": "", "error": "", "digits": [digit]}
    return values | changes


ROWS = [
    row("a.png"),
    row('b, "c"\n.png', text="", error="The file is empty.", digits=[]),
    row("é.pdf", text="07", pages=2),
    row("é.pdf", page=2, pages=2),
]
FORMATS = pytest.mark.parametrize("suffix", [".parquet", ".jsonl", ".csv"])


@FORMATS
@pytest.mark.parametrize("rows", [ROWS, []], ids=["rows", "empty"])
def test_what_is_read_is_what_was_written(suffix, rows, tmp_path):
    path = tmp_path / f"readings{suffix}"
    tables.write(path, rows)
    assert list(tables.read(path)) == rows


FORMULAS = ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "'=1", "''", "'"]


@FORMATS
def test_texts_that_begin_like_a_formula_come_back(suffix, tmp_path):
    path = tmp_path / f"readings{suffix}"
    rows = [row(text, text=text, message=text) for text in FORMULAS]
    tables.write(path, rows)
    assert list(tables.read(path)) == rows


def test_no_cell_of_a_csv_begins_a_formula(tmp_path):
    path = tmp_path / "readings.csv"
    tables.write(path, [row(text, network=text, error=text) for text in FORMULAS])
    with path.open(newline="", encoding="utf-8") as file:
        cells = [cell for line in csv.reader(file) for cell in line]
    assert not [cell for cell in cells if cell.startswith(tuple("=+-@\t\r\n"))]


WRITE = """
import sys
from pathlib import Path
from digitlib.batch import tables
from tests.batch.test_tables import row
path, name = Path(sys.argv[1]), sys.argv[2]
for _ in range(10):
    tables.write(path, (row(name, page=i) for i in range(1000)))
    rows = list(tables.read(path))
    assert len(rows) == 1000, len(rows)
    assert len({each["file"] for each in rows}) == 1
"""


@FORMATS
def test_processes_that_write_one_table_leave_a_whole_one(suffix, tmp_path):
    path = tmp_path / f"readings{suffix}"
    run_together(WRITE, [(path, name) for name in ("a.png", "b.png")])
    assert [*tmp_path.iterdir()] == [path]


def test_rows_are_written_and_read_in_chunks(monkeypatch, tmp_path):
    monkeypatch.setattr(tables, "CHUNK", 2)
    path = tmp_path / "readings.parquet"
    tables.write(path, ROWS)
    assert parquet.ParquetFile(path).num_row_groups == 2
    assert list(tables.read(path)) == ROWS


@FORMATS
def test_table_stays_unchanged_when_writing_is_interrupted(suffix, tmp_path):
    def stopping():
        yield row("other.png")
        raise KeyboardInterrupt

    path = tmp_path / f"readings{suffix}"
    tables.write(path, ROWS)
    with pytest.raises(KeyboardInterrupt):
        tables.write(path, stopping())
    assert list(tables.read(path)) == ROWS


OTHERS = {
    "other.parquet": lambda path: parquet.write_table(pa.table({"a": [1]}), path),
    "damaged.parquet": lambda path: path.write_bytes(b"PAR1 and no more"),
    "other.jsonl": lambda path: path.write_text(json.dumps({"a": 1})),
    "list.jsonl": lambda path: path.write_text("[1]"),
    "text.jsonl": lambda path: path.write_text("no table"),
    "other.csv": lambda path: path.write_text("a,b\n1,2\n"),
    "empty.csv": lambda path: path.write_text(""),
    "short.csv": lambda path: path.write_text(",".join(tables.COLUMNS) + "\na.png\n"),
    "picture.csv": lambda path: path.write_bytes(b"\x89PNG\r\n"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_content_is_not_a_table_of_readings(name, tmp_path):
    OTHERS[name](tmp_path / name)
    with pytest.raises(DigitError, match="not a table of readings"):
        list(tables.read(tmp_path / name))


def test_unknown_suffix_is_an_error(tmp_path):
    with pytest.raises(DigitError, match=r"end in \.parquet, \.jsonl, \.csv"):
        tables.check_name(tmp_path / "readings.xlsx")


def test_missing_folder_is_reported(tmp_path):
    with pytest.raises(DigitError, match="cannot be written: No such file"):
        tables.write(tmp_path / "nowhere" / "readings.csv", ROWS)


def test_missing_package_names_the_command(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    tables._parquet.cache_clear()
    with pytest.raises(DigitError, match="pip install distributed pyarrow"):
        tables.check_name(tmp_path / "readings.parquet")
