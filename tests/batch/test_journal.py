"""The rows beside a table count as part of it, and the last row of a file wins."""

import pytest

from digitlib.batch import tables
from digitlib.batch.journal import HEADER, Journal
from digitlib.errors import DigitError
from tests.batch.test_tables import row

A, B = row("a.png"), row("b.png")


@pytest.fixture
def table(tmp_path):
    return tmp_path / "readings.csv"


def test_rows_are_found_before_and_after_the_table_is_written(table):
    journal = Journal(table)
    journal.add(A)
    assert set(Journal(table).dates("cnn")) == {"a.png"}
    Journal(table).close()
    Journal(table).add(B)
    assert set(Journal(table).dates("cnn")) == {"a.png", "b.png"}


def test_last_row_of_a_file_replaces_the_others(table):
    tables.write(table, [A, B])
    later = row("a.png", modified="later", text="1")
    journal = Journal(table)
    journal.add(later)
    assert journal.dates("cnn") == {"b.png": B["modified"], "a.png": "later"}
    journal.close()
    assert list(tables.read(table)) == [B, later]


def test_files_that_failed_or_were_read_by_another_network_are_read_again(table):
    tables.write(table, [A, row("b.png", error="damaged"), row("c.png", network="mlp")])
    journal = Journal(table)
    journal.add(row("a.png", error="damaged since"))
    assert journal.dates("cnn") == {}


def test_incomplete_row_is_cut_off(table):
    Journal(table).add(A)
    part = table.with_name("readings.csv.part")
    whole = part.read_bytes()
    part.write_bytes(whole + whole.splitlines()[-1])
    journal = Journal(table)
    journal.add(B)
    journal.close()
    assert list(tables.read(table)) == [A, B]
    assert not part.exists()


@pytest.mark.parametrize("size", [0, 1, 20])
def test_kill_while_the_file_beside_is_begun_does_no_harm(table, size):
    part = table.with_name("readings.csv.part")
    part.write_bytes(HEADER[:size])
    journal = Journal(table)
    journal.add(A)
    journal.close()
    assert list(tables.read(table)) == [A]


@pytest.mark.parametrize("content", [b"mine", b"mine\n" * 100, HEADER[:20] + b"x"])
def test_file_of_somebody_else_is_left_alone(table, content):
    part = table.with_name("readings.csv.part")
    part.write_bytes(content)
    with pytest.raises(DigitError, match=r"part is in the way.*move it away"):
        Journal(table)
    assert part.read_bytes() == content


def test_folder_as_a_table_is_an_error(table):
    table.mkdir()
    with pytest.raises(DigitError, match="is a folder"):
        Journal(table)


def test_empty_batch_gives_a_table_without_rows(table):
    Journal(table).close()
    assert list(tables.read(table)) == []


def test_missing_folder_is_reported(tmp_path):
    with pytest.raises(DigitError, match="cannot be written"):
        Journal(tmp_path / "nowhere" / "readings.csv").add(A)


def pages(file, *numbers, pages=3, **changes):
    return [row(file, page=number, pages=pages, **changes) for number in numbers]


def test_file_counts_as_read_only_with_all_its_pages(table):
    journal = Journal(table)
    for each in [*pages("a.pdf", 1, 2, 3), *pages("b.pdf", 1, 2)]:
        journal.add(each)
    assert set(journal.dates("cnn")) == {"a.pdf"}


def test_damaged_page_makes_its_file_be_read_again(table):
    journal = Journal(table)
    bad = row("a.pdf", page=2, pages=3, error="damaged")
    for each in [*pages("a.pdf", 1), bad, *pages("a.pdf", 3)]:
        journal.add(each)
    assert journal.dates("cnn") == {}


def test_pages_of_the_last_reading_replace_all_others(table):
    tables.write(table, [*pages("a.pdf", 1, 2, 3), *pages("b.pdf", 1, 2)])
    journal = Journal(table)
    again = [*pages("b.pdf", 1, 2, 3, text="1"), *pages("a.pdf", 1, 2, pages=2)]
    for each in again:
        journal.add(each)
    assert set(journal.dates("cnn")) == {"a.pdf", "b.pdf"}
    journal.close()
    assert list(tables.read(table)) == again
