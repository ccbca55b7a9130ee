"""Any picture file is opened upright, opaque and RGB, or gives a helpful error."""

import io

import numpy as np
import pytest
from PIL import Image

from digitlib import errors
from digitlib.reading import picture
from digitlib.reading.picture import encode


def with_alpha(grey):
    """Return the same ink on a transparent background, as a canvas sends it."""
    alpha = Image.eval(grey, lambda level: 255 - level)
    return Image.merge("LA", (Image.new("L", grey.size, 0), alpha))


def sixteen_bits(grey):
    return Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)


VARIANTS = {
    "RGB": lambda grey: grey.convert("RGB"),
    "RGBA": lambda grey: grey.convert("RGBA"),
    "transparent LA": with_alpha,
    "transparent RGBA": lambda grey: with_alpha(grey).convert("RGBA"),
    "palette": lambda grey: grey.convert("P"),
    "1-bit": lambda grey: grey.convert("1"),
    "16-bit": sixteen_bits,
    "32-bit": lambda grey: grey.convert("I"),
    "float": lambda grey: grey.convert("F"),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_mode_gives_the_same_pixels(seven, variant):
    pixels = picture.open_picture(VARIANTS[variant](seven)).pixels
    expected = np.asarray(seven.convert("RGB")).astype(int)
    difference = np.abs(pixels - expected)
    assert difference.mean() < 1  # 1-bit pictures lose the soft edges
    assert variant == "1-bit" or difference.max() <= 1


def test_cmyk_jpeg_shows_the_same_picture(seven):
    pixels = picture.open_picture(encode(seven.convert("CMYK"), "JPEG")).pixels
    difference = np.abs(pixels.astype(int) - np.asarray(seven.convert("RGB")))
    assert np.median(difference) <= 1


def test_transparent_light_ink_lies_on_black(seven):
    alpha = Image.eval(seven, lambda level: 255 - level)
    light = Image.merge("LA", (Image.new("L", seven.size, 255), alpha))
    pixels = picture.open_picture(light).pixels
    assert pixels[0, 0].tolist() == [0, 0, 0]
    assert pixels.max() == 255


def test_exif_rotation_is_undone(seven):
    turned = seven.transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn right to see it upright"
    opened = picture.open_picture(encode(turned, "JPEG", exif=exif, quality=95))
    difference = np.abs(opened.pixels.astype(int) - np.asarray(seven.convert("RGB")))
    assert difference.mean() < 2


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_large_picture_is_reduced_and_knows_its_size(form):
    large = Image.new("RGB", (4000, 3000), "white")
    opened = picture.open_picture(encode(large, form))
    assert max(opened.pixels.shape) == picture.WORKING_SIDE
    assert opened.size == (4000, 3000)
    assert opened.scale == pytest.approx(4000 / picture.WORKING_SIDE, rel=1e-3)


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
@pytest.mark.parametrize(
    ("size", "reduced"),
    [
        ((6000, 300), (2000, 100)),
        ((300, 6000), (100, 2000)),
        ((3000, 1000), (1500, 500)),
        ((2000, 150), (2000, 150)),
    ],
)
def test_a_strip_is_reduced_less_so_that_its_digits_stay_legible(size, reduced, form):
    opened = picture.open_picture(encode(Image.new("RGB", size, "white"), form))
    assert opened.pixels.shape[1::-1] == reduced
    assert (opened.size, opened.scale) == (size, size[0] / reduced[0])


def test_source_may_be_image_bytes_path_or_file(seven, tmp_path):
    content = encode(seven)
    path = tmp_path / "seven.png"
    path.write_bytes(content)
    sources = [seven, content, path, str(path), io.BytesIO(content)]
    pixels = [picture.open_picture(source).pixels for source in sources]
    assert all(np.array_equal(pixels[0], other) for other in pixels[1:])


def test_opening_leaves_the_callers_image_as_it_was(tmp_path):
    path = tmp_path / "large.jpg"
    Image.new("RGB", (4000, 3000)).save(path)
    with Image.open(path) as image:
        picture.open_picture(image)
        assert image.size == (4000, 3000)


def test_first_frame_of_an_animation_counts(seven):
    frames = [seven.convert("P"), Image.new("P", seven.size)]
    animation = encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert picture.open_picture(animation).pixels.min() == 0


BAD_FILES = {
    "empty": (b"", errors.EmptyFileError),
    "text": (b"hello, this is no picture", errors.UnsupportedTypeError),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", errors.UnsupportedTypeError),
    "pdf": (b"%PDF-1.7\n", errors.UnsupportedTypeError),
    "eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n", errors.UnsupportedTypeError),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_file_is_named_for_what_it_is(name):
    content, error = BAD_FILES[name]
    with pytest.raises(error, match=r"\.$"):
        picture.open_picture(content)


@pytest.mark.parametrize("tenth", range(1, 10))
@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_cut_off_file_is_an_image_error(seven, form, tenth):
    noisy = Image.effect_noise((200, 200), 90)
    content = encode(noisy, form)
    with pytest.raises(errors.ImageError):
        picture.open_picture(content[: len(content) * tenth // 10])


def test_too_many_pixels_are_refused_before_decoding():
    with pytest.raises(errors.TooManyPixelsError, match="9000 x 9000"):
        picture.open_picture(encode(Image.new("1", (9000, 9000))))


def test_missing_file_is_named(tmp_path):
    with pytest.raises(errors.ImageError, match="nowhere"):
        picture.open_picture(tmp_path / "nowhere.png")
