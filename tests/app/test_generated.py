"""A short run of random requests and pictures; `make fuzz` runs many more."""

import numpy as np

from tests import fuzz


def test_requests_generated_from_the_description_get_what_it_promises():
    statuses = fuzz.send_requests(15)
    assert statuses[200] > 0
    assert max(statuses) < 500


def test_mutated_pictures_get_an_answer_and_the_server_lives():
    figures = fuzz.send_pictures(200)
    assert figures.statuses.total() == 200
    assert max(figures.statuses) < 500
    assert {200, 422} <= figures.statuses.keys()  # read ones, and damaged ones
    assert figures.megabytes < fuzz.MEGABYTES


def test_mutations_are_the_same_for_the_same_seed():
    picture = fuzz.seeds()[0]
    first, second = (fuzz.mutate(picture, np.random.default_rng(3)) for _ in range(2))
    assert first == second != picture
