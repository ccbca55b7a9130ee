"""The table of reading's rules says what is lost without each."""

from unittest.mock import patch

import numpy as np

from benchmarks import geometry
from digitlib.evaluation.scenes import Scene
from digitlib.reading import background, segment
from digitlib.reading.loading import load_model
from digitlib.reading.picture import encode
from digitlib.reading.reader import Reader
from digitlib.reading.results import Reading


def test_every_rule_that_is_switched_off_is_there():
    for rule in geometry.RULES.values():
        for module, name, value in rule:
            assert getattr(module, name) is not value


def test_a_needed_rule_is_missed(seven, capsys):
    picture = geometry.Picture.of("sevens", Scene(encode(seven), "7"), is_made=True)
    with (
        patch.object(geometry, "make_pictures", lambda *_: [picture]),
        patch.dict(
            geometry.RULES,
            {
                "reading": [(Reader, "_read_writing", lambda *_: Reading(()))],
                "none": [(segment, "TALLEST", segment.TALLEST)],
            },
        ),
    ):
        geometry.main(["--rules", "reading", "none", "-v"])
    rows = capsys.readouterr().out.splitlines()
    assert "made 1 of 1, given 0 of 0" in rows[0]
    assert rows[1].split()[-5:] == ["-1", "+0", "given:", "+0", "+0"]
    assert rows[2].strip() == "sevens: -1"
    assert rows[3].split()[-5:] == ["+0", "+0", "given:", "+0", "+0"]


def test_inks_are_remembered_as_they_were(seven):
    pixels = np.dstack([np.asarray(seven)] * 3)
    inks = geometry._Inks()
    for _ in range(2):
        guessed = list(inks.guess(pixels))
        expected = list(background.guess_inks(pixels))
        assert len(guessed) == len(expected)
        assert all(map(np.array_equal, guessed, expected))


def test_a_model_that_remembers_says_the_same(seven):
    model = geometry.remembering(load_model())
    texts = [model.read(seven).text for _ in range(2)]
    assert texts == ["7", "7"]
