"""Small pictures with known glyphs, and variations that must not change a glyph."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter, ImageOps

from digitlib.reading import background, ink, preprocess
from digitlib.reading.background import find_ink
from digitlib.reading.picture import open_picture


def only(image):
    """Return the only digit of a picture."""
    (found,) = preprocess.find_digits(image)
    return found


def centre_of_mass(glyph):
    weights = glyph[..., 0] / glyph.sum()
    index = np.arange(preprocess.SIDE)
    return weights.sum(axis=1) @ index, weights.sum(axis=0) @ index


def assert_keeps_the_contract(glyph):
    assert glyph.shape == (28, 28, 1)
    assert glyph.dtype == np.float32
    assert 0 <= glyph.min() < glyph.max() <= 1
    left, top, right, bottom = preprocess.ink_box(glyph[..., 0] > 0.1)
    assert 19 <= max(right - left, bottom - top) <= 20
    assert np.allclose(centre_of_mass(glyph), 14, atol=0.51)


def assert_same_digit(one, other, mean=0.02):
    """Allow a shift of one pixel, which rounding the centre may cause."""
    shifts = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    moved = (np.roll(other, shift, axis=(0, 1)) for shift in shifts)
    assert min(np.abs(one - each).mean() for each in moved) < mean


def test_glyphs_and_pixels_convert_both_ways():
    images = np.arange(2 * 28 * 28).reshape(2, 28, 28).astype(np.uint8)
    glyphs = preprocess.to_glyphs(images)
    assert (glyphs.shape, glyphs.dtype) == ((2, 28, 28, 1), np.float32)
    assert glyphs.max() == 1
    assert np.array_equal(preprocess.to_pixels(glyphs), images)


def test_square_fills_twenty_pixels_in_the_middle():
    square = Image.new("L", (300, 200), 255)
    square.paste(0, (220, 20, 280, 80))
    found = only(square)
    assert found.box == (220, 20, 280, 80)
    expected = np.zeros((28, 28), np.float32)
    expected[4:24, 4:24] = 1  # rows 4 to 23: the middle is 13.5, rounded to 14 or not
    assert_same_digit(expected[..., None], found.glyph)


def test_centre_of_mass_is_centred_not_the_box():
    """An L has its mass at the lower left, so it is moved up and right."""
    ell = np.zeros((40, 40), np.float32)
    ell[:, :8] = ell[32:, :] = 1
    assert np.allclose(centre_of_mass(preprocess.normalise(ell)), 14, atol=0.51)


def test_seven_keeps_the_contract(seven):
    assert_keeps_the_contract(only(seven).glyph)


def test_inverting_changes_nothing(seven):
    assert_same_digit(only(seven).glyph, only(ImageOps.invert(seven)).glyph, 1e-3)


@pytest.mark.parametrize("ground", ["white", "#f3e9d2", "#203040", "black"])
@pytest.mark.parametrize("pen", ["#1b2a9b", "#c01818", "#0a7a2f"])
def test_coloured_pen_on_coloured_paper(seven, pen, ground):
    if ground == "black":
        pen = ImageOps.colorize(Image.new("L", (1, 1)), pen, pen).getpixel((0, 0))
        pen = tuple(min(255, level + 90) for level in pen)
    coloured = ImageOps.colorize(seven, black=pen, white=ground)
    assert_same_digit(only(seven).glyph, only(coloured).glyph)


def test_shading_over_the_paper_changes_nothing(seven):
    shading = np.linspace(0.35, 1, 280)[None, :] * np.linspace(0.7, 1, 280)[:, None]
    shaded = (np.asarray(seven) * shading + 10).astype(np.uint8)
    assert_same_digit(only(seven).glyph, only(Image.fromarray(shaded)).glyph, 0.03)


def test_noise_and_blur_change_little(seven):
    noise = np.random.default_rng(0).normal(0, 8, (280, 280))
    soft = np.asarray(seven.filter(ImageFilter.GaussianBlur(2))) * 0.7 + 40 + noise
    photo = Image.fromarray(np.clip(soft, 0, 255).astype(np.uint8))
    assert_same_digit(only(seven).glyph, only(photo).glyph, 0.03)


@pytest.mark.parametrize("side", [28, 35, 40])
def test_a_small_digit_is_no_bolder_so_that_its_loops_stay_open(side):
    ring = [(150, 130), (110, 90), (150, 60), (190, 90), (150, 130)]
    loops = [*ring, (190, 180), (150, 225), (110, 180), (150, 130)]
    eight = ink.draw([loops], pen_width=26)
    page = Image.new("L", (400, 400), 255)
    page.paste(eight.resize((side, side), Image.Resampling.BOX), (200, 200))
    assert only(page).glyph.sum() < 1.1 * only(eight).glyph.sum()


@settings(max_examples=40, deadline=None)
@given(
    side=st.integers(40, 200), left=st.integers(0, 200), top=st.integers(0, 200),
    grow=st.integers(1, 3),
)  # fmt: skip
def test_place_and_size_change_nothing(side, left, top, grow):
    """A digit at any place and size gives the same glyph and the right box."""
    seven = ink.draw([[(20, 20), (80, 20), (45, 90)]], (100, 110), pen_width=8)
    small = seven.resize((side, round(side * 1.1)), Image.Resampling.LANCZOS)
    page = Image.new("L", (420 * grow, 430 * grow), 255)
    page.paste(small, (left, top))
    found = only(page)
    assert_keeps_the_contract(found.glyph)
    assert_same_digit(only(seven).glyph, found.glyph, 0.04)
    ink_box = preprocess.ink_box(np.asarray(page) < 128)
    assert np.abs(np.subtract(found.box, ink_box)).max() <= 1 + grow


def test_tiny_picture_is_read_as_a_large_one(seven):
    tiny = seven.resize((28, 28), Image.Resampling.BOX)
    assert_same_digit(only(seven).glyph, only(tiny).glyph, 0.04)


def test_box_is_in_pixels_of_the_large_original(seven):
    large = seven.resize((2800, 2800), Image.Resampling.BICUBIC)
    small_box = np.array(only(seven).box)
    assert np.abs(np.array(only(large).box) - 10 * small_box).max() <= 15


def test_the_only_digit_is_found_with_its_pieces_and_without_specks():
    paper = np.full((190, 192), 255, np.uint8)
    paper[32:78, 68:76] = paper[32:40, 68:135] = 0  # three pieces of a 7
    paper[84:104, 46:127] = paper[116:168, 80:90] = 0
    paper[10:18, 5:13] = 0  # a speck
    digit = preprocess.find_only_digit(Image.fromarray(paper))
    assert digit.box == (46, 32, 135, 168)
    assert preprocess.find_only_digit(Image.new("L", (190, 192), 255)) is None


def test_thin_pen_is_thickened_to_what_the_network_knows():
    strokes = [[(80, 70), (200, 70), (130, 225)]]
    thin = only(ink.draw(strokes, pen_width=2)).glyph
    usual = only(ink.draw(strokes)).glyph
    assert preprocess.stroke_width(thin[..., 0] > 0.5) >= 1
    assert thin.max() > 0.9
    assert_same_digit(thin, usual, 0.06)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_one_colour_has_no_digits(level):
    assert preprocess.find_digits(Image.new("L", (280, 280), level)) == []


def test_noise_of_paper_has_no_digits():
    noise = np.random.default_rng(1).normal(200, 12, (300, 400)).clip(0, 255)
    assert preprocess.find_digits(Image.fromarray(noise.astype(np.uint8))) == []


def test_edge_of_a_shadow_has_no_digits():
    row, column = np.mgrid[0:300, 0:400]
    shading = 1 / (1 + np.exp((column - 200 - 0.3 * (row - 150)) / 2))
    page = (230 - 100 * shading).astype(np.uint8)
    assert preprocess.find_digits(Image.fromarray(page)) == []


def test_gradual_shadow_has_no_digits():
    ramp = np.tile(np.linspace(60, 250, 400), (300, 1)).astype(np.uint8)
    assert preprocess.find_digits(Image.fromarray(ramp)) == []


@pytest.mark.parametrize("ground", [255, 0])
@pytest.mark.parametrize(
    ("strokes", "pen_width"),
    [
        ([[(90, 80), (190, 80), (130, 200)]], 90),  # its middle fills the window
        ([[(60, 25), (250, 25), (150, 230)]], 50),  # its bar is at the picture's edge
    ],
)
def test_bold_stroke_is_not_shading(strokes, pen_width, ground):
    drawing = np.asarray(ink.draw(strokes, pen_width=pen_width))
    pixels = drawing if ground else 255 - drawing
    found = find_ink(np.dstack([pixels] * 3))
    assert np.mean(np.abs(found - (drawing < 128)) > 0.5) < 0.01


def test_shadow_in_the_middle_is_shading(seven):
    row, column = np.mgrid[0:280, 0:280]
    light = 1 - 0.4 * np.exp(-((row - 150) ** 2 + (column - 140) ** 2) / 60**2)
    page = Image.fromarray((np.asarray(seven) * light).astype(np.uint8))
    assert_same_digit(only(page).glyph, only(seven).glyph, 0.03)


def test_faint_and_bold_in_one_picture_are_both_found(seven):
    page = np.full((280, 560), 255, np.uint8)
    page[:, :280] = np.asarray(seven)
    page[:, 280:] = 255 - (255 - np.asarray(seven)) * 0.25
    first, second = preprocess.find_digits(Image.fromarray(page))
    assert_same_digit(first.glyph, second.glyph)


def test_stroke_width_of_a_bar_is_its_width():
    for width in (3, 8, 15):
        bar = np.zeros((60, 60), bool)
        bar[5:55, 20 : 20 + width] = True
        assert preprocess.stroke_width(bar) == pytest.approx(width, abs=1)


def test_normalising_no_ink_gives_an_empty_glyph():
    assert preprocess.normalise(np.zeros((10, 10), np.float32)).max() == 0


def test_normalised_glyph_stays_as_it_is(seven):
    """A glyph shown as a picture comes back as nearly the same glyph."""
    glyph = only(seven).glyph
    shown = cv2.resize(255 - preprocess.to_pixels(glyph), (280, 280))
    assert_same_digit(glyph, only(Image.fromarray(shown)).glyph, 0.03)


def test_grey_in_three_channels_is_read_as_one(monkeypatch, seven):
    """Using one of three equal channels changes nothing."""
    pixels = open_picture(seven).pixels
    quick = find_ink(pixels)
    monkeypatch.setattr(background, "_one_channel_if_grey", lambda pixels: pixels)
    np.testing.assert_array_equal(find_ink(pixels), quick)


def test_a_small_spot_of_colour_is_not_missed():
    """Ink as light as its paper differs from it in colour alone."""
    pixels = np.full((100, 100, 3), 200, np.uint8)
    pixels[41:47, 33:39] = 200, 120, 200  # between the pixels that are checked first
    assert find_ink(pixels).max() == 1


@pytest.mark.parametrize("side", [300, 900, 1000, 2000])
@pytest.mark.parametrize("shape", ["diagonal", "cross", "circle"])
def test_hairline_of_one_pixel_is_a_glyph_like_any_other(shape, side):
    """Shrinking makes it pale: so pale that no stroke was left to measure."""
    ink = np.zeros((side, side), np.float32)
    if shape == "circle":
        cv2.circle(ink, (side // 2, side // 2), side // 2 - 1, 1, 1)
    else:
        np.fill_diagonal(ink, 1)
    if shape == "cross":
        np.fill_diagonal(np.fliplr(ink), 1)
    glyph = preprocess.normalise(ink)
    assert glyph.shape == (28, 28, 1)
    assert glyph.max() > 0.5
