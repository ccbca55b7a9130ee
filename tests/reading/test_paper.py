"""The paper is estimated under ink, in any light, and beside things at the edges."""

import numpy as np
import pytest
from PIL import Image

from digitlib.reading import background, paper
from digitlib.reading.preprocess import find_digits

SIDE = 64


def grid():
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    return x, y


def test_light_is_a_parabola_that_ink_does_not_bend():
    x, y = grid()
    light = 200 - 60 * (x**2 + y**2) + 10 * x
    page = light.copy()
    page[10:50, 20:25] = 10  # a stroke
    found = paper.fit_light(page.astype(np.uint8))
    assert np.abs(found - light).max() < 3


def test_colours_have_a_light_of_their_own():
    x, _ = grid()
    page = np.stack([200 + 20 * x, 150 - 20 * x, 100 + 0 * x], axis=2)
    found = paper.fit_light(page.astype(np.uint8))
    assert np.abs(found - page).max() < 2


@pytest.mark.parametrize("frame", [0, 90, 250])
def test_a_frame_is_a_surface_and_the_paper_goes_up_to_it(frame):
    page = np.full((SIDE, SIDE), 200, np.uint8)
    page[:6] = page[-6:] = page[:, :6] = page[:, -6:] = frame
    levels = paper.estimate_paper(page).levels
    assert (levels[10:-10, 10:-10] == 200).all()
    assert np.abs(levels[0].astype(int) - frame).max() <= 1


def test_both_sides_of_a_hard_shadow_are_paper():
    page = np.full((SIDE, SIDE), 220, np.uint8)
    page[:, 40:] = 130
    levels = paper.estimate_paper(page).levels
    assert (levels[:, :30] == 220).all()
    assert (levels[:, 50:] == 130).all()


def test_ink_at_the_edges_is_no_paper_to_the_second_guess():
    page = np.full((SIDE, SIDE), 255, np.uint8)
    page[:12] = page[:, 50:] = 0
    assert (paper.without_edges(page).levels > 250).all()


def test_of_two_colours_either_may_be_the_paper():
    page = np.full((SIDE, SIDE), 20, np.uint8)
    page[:, :20] = 230
    frequent, rarer = paper.frequent_colour(page), paper.rarer_colour(page)
    assert (frequent.levels == 20).all()
    assert not frequent.is_light
    assert (rarer.levels == 230).all()
    assert rarer.is_light
    page[:, 5:20] = 20
    assert paper.rarer_colour(page) is None  # too little of it


def test_noise_is_not_what_the_light_does():
    x, y = grid()
    random = np.random.default_rng(0)
    page = 200 - 90 * (np.abs(x) + np.abs(y))[..., None] ** 3 / 8
    levels = page + random.normal(0, 3, (SIDE, SIDE, 1))
    pixels = np.repeat(np.clip(levels, 0, 255).astype(np.uint8), 3, axis=2)[..., 0]
    flat = paper.Paper(np.full((SIDE, SIDE), 200, np.uint8), True)
    assert background._noise(pixels, flat)[1] < 8  # not 30, the error of the flat paper


def test_guesses_differ_and_a_plain_drawing_needs_one(seven):
    pixels = np.asarray(seven.convert("RGB"))
    assert len(list(background.guess_inks(pixels))) == 1
    cut = pixels[60:, 70:230]  # a tight crop
    inks = list(background.guess_inks(cut))
    assert len(inks) >= 1
    assert all(ink.shape == cut.shape[:2] for ink in inks)


@pytest.mark.parametrize("corner", [0.25, 0.5])
def test_dark_corners_hide_no_digit(seven, corner):
    x, y = np.mgrid[-1:1:280j, -1:1:280j]
    light = 1 - (1 - corner) * (x**2 + y**2) / 2
    page = Image.fromarray((np.asarray(seven) * light).astype(np.uint8))
    (found,) = find_digits(page)
    (plain,) = find_digits(seven)
    assert np.abs(np.subtract(found.box, plain.box)).max() <= 3
