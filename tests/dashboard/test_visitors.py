"""The number of visitors: in a file, and as a terminal shows it."""

import io

from digitlib.dashboard import visitors


class Terminal(io.StringIO):
    """Records what is written, and claims to be a terminal."""

    def isatty(self):
        return True


def show(path, out):
    """Return what a counter writes for 1, again 1, 12 and 0 visitors."""
    counter = visitors.Counter(path, 30, out)
    for number in (1, 1, 12, 0):
        visitors.write(path, number)
        counter.show()
    counter.end()
    return out.getvalue()


def test_nobody_has_come_yet(tmp_path):
    assert visitors.read(tmp_path / "visitors") == 0


def test_the_file_contains_the_number_and_no_other_file_is_left(tmp_path):
    visitors.write(tmp_path / "visitors", 12)
    assert visitors.read(tmp_path / "visitors") == 12
    assert len(list(tmp_path.iterdir())) == 1


def test_a_log_gets_a_line_for_each_change(tmp_path):
    assert show(tmp_path / "visitors", io.StringIO()).splitlines() == [
        "Visitors: 1 now, 1 at the busiest, room for 30",
        "Visitors: 12 now, 12 at the busiest, room for 30",
        "Visitors: 0 now, 12 at the busiest, room for 30",
    ]


def test_a_terminal_has_one_line_that_is_updated(tmp_path):
    shown = show(tmp_path / "visitors", Terminal())
    assert shown.count("\n") == 1
    assert shown.endswith("\n")
    lines = shown.strip("\n").split("\r")[1:]
    assert len({len(line) for line in lines}) == 1  # nothing remains of a longer one
    assert lines[-1].startswith("Visitors: 0 now, 12 at the busiest")
