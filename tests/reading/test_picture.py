"""Any picture file is opened upright, opaque and RGB, or gives a helpful error."""

import io
import struct
import subprocess
import sys
from itertools import count

import numpy as np
import pytest
from PIL import Image

from digitlib import errors
from digitlib.reading import pdf, picture, tiff
from digitlib.reading.picture import encode
from tests import filing


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


EXIF_HEADER = b"Exif\0\0II*\0" + struct.pack("<I", 8)
TURN_RIGHT = struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0)  # the orientation of a photo
MISTYPED = {  # other entries: tag, type, count and value
    "date as a fraction": struct.pack("<HHIi", 0x0132, 10, 1, 0),
    "resolution as text": struct.pack("<HHI4s", 0x011A, 2, 4, b"300\0"),
    "directory as text": struct.pack("<HHI4s", 0x8769, 2, 4, b"abc\0"),
    "directory nowhere": struct.pack("<HHII", 0x8825, 4, 1, 2**31),
    "endless": struct.pack("<HHII", 0x927C, 7, 2**32 - 1, 8),
    "no type": struct.pack("<HHII", 0x9003, 99, 1, 0),
}


@pytest.mark.filterwarnings("ignore")  # Pillow's, about the data; nobody sees them
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("name", MISTYPED)
def test_exif_of_a_wrong_type_spoils_nothing(seven, form, name):
    """Real cameras write such; only the orientation matters, and it is found."""
    entries = struct.pack("<H", 2) + TURN_RIGHT + MISTYPED[name] + bytes(4)
    turned = seven.transpose(Image.Transpose.ROTATE_90).convert("RGB")
    content = encode(turned, form, exif=EXIF_HEADER + entries, quality=95)
    opened = picture.open_picture(content)
    difference = np.abs(opened.pixels.astype(int) - np.asarray(seven.convert("RGB")))
    assert difference.mean() < 3


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
    "video": (b"\0\0\0\x18ftypmp42\0\0\0\0isommp42", errors.UnsupportedTypeError),
    "pdf": (b"%PDF-1.7\n", errors.ImageError),
    "eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n", errors.UnsupportedTypeError),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_file_is_named_for_what_it_is(name):
    content, error = BAD_FILES[name]
    with pytest.raises(error, match=r"\.$"):
        picture.open_picture(content)


@pytest.mark.parametrize("tenth", range(1, 10))
@pytest.mark.parametrize("form", ["PNG", "JPEG", "HEIC", "AVIF"])
def test_cut_off_file_is_an_image_error(form, tenth):
    noisy = Image.effect_noise((200, 200), 90)
    own = {"HEIC": filing.heic, "AVIF": filing.avif}
    content = own[form](noisy) if form in own else encode(noisy, form)
    with pytest.raises(errors.ImageError):
        picture.open_picture(content[: len(content) * tenth // 10])


def test_too_many_pixels_are_refused_before_decoding():
    with pytest.raises(errors.TooManyPixelsError, match="9000 x 9000"):
        picture.open_picture(encode(Image.new("1", (9000, 9000))))


def test_missing_file_is_named(tmp_path):
    with pytest.raises(errors.ImageError, match="nowhere"):
        picture.open_picture(tmp_path / "nowhere.png")


# --- HEIC and AVIF -------------------------------------------------------------------

MODERN = pytest.mark.parametrize("encode_as", [filing.heic, filing.avif])


@MODERN
def test_heic_and_avif_show_the_same_picture(seven, encode_as):
    opened = picture.open_picture(encode_as(seven, quality=90))
    difference = np.abs(opened.pixels.astype(int) - np.asarray(seven.convert("RGB")))
    assert opened.size == seven.size
    assert difference.mean() < 2


@MODERN
def test_heic_and_avif_are_turned_upright(seven, encode_as):
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn right to see it upright"
    turned = seven.transpose(Image.Transpose.ROTATE_90)
    opened = picture.open_picture(encode_as(turned, exif=exif.tobytes(), quality=90))
    difference = np.abs(opened.pixels.astype(int) - np.asarray(seven.convert("RGB")))
    assert difference.mean() < 3


@MODERN
@pytest.mark.parametrize("size", [(9000, 9000), (5100, 5000)])
def test_size_that_heic_or_avif_declares_is_checked_before(seven, encode_as, size):
    bomb = filing.declare(encode_as(seven), *size)
    with pytest.raises(errors.TooManyPixelsError, match=r"{} x {}".format(*size)):
        picture.open_picture(bomb)


def test_heic_that_declares_too_little_is_damaged(seven):
    large = filing.heic(seven.resize((1000, 1000)))
    with pytest.raises(errors.ImageError, match="damaged"):
        picture.open_picture(filing.declare(large, 8, 8))


# --- Pages ---------------------------------------------------------------------------


def sizes_and_errors(content):
    """The size of each page, or the code of its error."""
    results = []
    for page in picture.pages(content):
        try:
            results.append(page.open().size)
        except errors.ImageError as error:
            results.append(error.code)
    return results


def papers(*widths):
    return [filing.blank(width, 40) for width in widths]


@pytest.mark.parametrize(
    "options", [{}, {"compression": "tiff_lzw"}, {"big_tiff": True}]
)
def test_every_page_of_a_tiff_is_there(options):
    content = filing.tiff(*papers(50, 60, 70), **options)
    assert sizes_and_errors(content) == [(50, 40), (60, 40), (70, 40)]
    assert [(page.number, page.count) for page in picture.pages(content)] == [
        (1, 3),
        (2, 3),
        (3, 3),
    ]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_damaged_page_of_a_tiff_does_not_stop_the_others(number):
    content = filing.damage_page(filing.tiff(*papers(50, 60, 70)), number)
    expected = [(50, 40), (60, 40), (70, 40)]
    expected[number - 1] = "undecodable"
    assert sizes_and_errors(content) == expected


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize("tenth", range(1, 10))
def test_cut_off_tiff_has_bad_pages_but_no_other_error(tenth):
    content = filing.tiff(*papers(500, 600))
    assert "undecodable" in sizes_and_errors(content[: len(content) * tenth // 10])


def test_reduced_copy_in_a_tiff_is_no_page():
    """As cameras and map programs store them; the tag is of TIFF 6.0, section 8."""
    copy = filing.blank(20, 20)
    copy.encoderinfo = {"tiffinfo": {254: 1}}
    content = filing.tiff(filing.blank(50, 40))
    single = sizes_and_errors(content)
    with_copy = io.BytesIO()
    filing.blank(50, 40).save(
        with_copy, "TIFF", save_all=True, append_images=[copy], tiffinfo={254: 0}
    )
    assert single == sizes_and_errors(with_copy.getvalue()) == [(50, 40)]


def test_chain_of_a_tiff_that_is_a_circle_ends():
    content = bytearray(filing.tiff(*papers(50, 60)))
    first, second = tiff.find_pages(bytes(content), 9)
    end = second + 2 + 12 * int.from_bytes(content[second : second + 2], "little")
    content[end : end + 4] = first.to_bytes(4, "little")
    assert sizes_and_errors(bytes(content)) == [(50, 40), (60, 40)]


def test_chain_of_a_tiff_that_leads_nowhere_is_a_bad_page():
    content = filing.tiff(*papers(50), big_tiff=True)
    bad = content[:8] + b"\xff" * 8 + content[16:]
    assert sizes_and_errors(bad) == ["undecodable"]


def test_every_page_of_a_pdf_is_there_at_its_size():
    content = filing.scan(*papers(72, 144))
    assert sizes_and_errors(content) == [(200, 112), (400, 112)]


@pytest.mark.parametrize(
    ("content", "code", "message"),
    [
        (filing.LOCKED_PDF, "unsupported_type", "password"),
        (filing.PDF_OF_NONE, "undecodable", "without pages"),
        (filing.PDF_OF_10000, "unsupported_type", "more than 50 pages: split"),
        (filing.scan(*papers(50, 60))[:-300], "undecodable", "damaged"),
        (filing.tiff(*papers(*[4] * 51)), "unsupported_type", "more than 50 pages"),
    ],
    ids=["locked", "no pages", "10,000 pages", "cut off", "TIFF of 51 pages"],
)
def test_file_that_cannot_be_used_is_one_error(content, code, message):
    (page,) = picture.pages(content)
    with pytest.raises(errors.ImageError, match=message) as raised:
        page.open()
    assert raised.value.code == code


def test_page_that_is_missing_does_not_stop_the_others():
    content = filing.pdf((72, 72, filing.SQUARE), count=2)
    assert sizes_and_errors(content) == [(200, 200), "undecodable"]


def test_huge_page_is_drawn_small():
    (page,) = picture.pages(filing.HUGE_PAGE)
    assert max(page.open().pixels.shape) == pytest.approx(picture.WORKING_SIDE, abs=2)


def test_huge_image_on_a_page_is_refused_unseen():
    with pytest.raises(errors.TooManyPixelsError, match="20000 x 20000"):
        picture.open_picture(filing.pdf_with_image(20_000, 20_000))


@pytest.mark.parametrize(
    ("left", "results"),
    [
        (9.0, [pdf.DAMAGED_PAGE, True, True]),
        (9.0, [True, pdf.DAMAGED_PAGE, True]),
        (0.0, [True, pdf.TOO_SLOW, pdf.TOO_SLOW]),
    ],
    ids=["crash on page 1", "crash on page 2", "too slow"],
)
def test_page_at_which_pdfium_ends_does_not_stop_the_others(monkeypatch, left, results):
    bad = next(i for i, result in enumerate(results) if result is not True)
    receive, calls = pdf._receive_page, count()

    def fail_once(worker, pages, seconds, most):
        if next(calls) != bad:
            return receive(worker, pages, seconds, most)
        seconds.for_all = left
        return None

    monkeypatch.setattr(pdf, "_receive_page", fail_once)
    drawn = list(pdf.draw(filing.scan(*papers(50, 60, 70)), 9, 10**6, 1000))
    shown = [str(page.image) if is_error(page.image) else True for page in drawn]
    assert (shown, {page.count for page in drawn}) == (results, {3})


def is_error(image):
    return isinstance(image, errors.ImageError)


@pytest.mark.parametrize("limit", ["MAX_SECONDS", "PAGE_SECONDS"])
def test_pdf_that_never_ends_is_stopped(monkeypatch, limit):
    monkeypatch.setattr(pdf, limit, 0.0)
    with pytest.raises(errors.ImageError, match="takes too long"):
        picture.open_picture(filing.scan(*papers(50)))


def test_page_that_takes_too_long_does_not_stop_the_others(monkeypatch):
    monkeypatch.setattr(pdf, "PAGE_SECONDS", 2.0)
    square = 200, 200, filing.SQUARE
    assert sizes_and_errors(filing.pdf(square, filing.SLOW_PAGE, square)) == [
        *[(556, 556), "undecodable", (556, 556)]
    ]


def test_pdf_takes_no_longer_than_it_is_allowed_now():
    """A server says so, for what a request has left."""
    left = [9.0]
    found = picture.pages(filing.scan(*papers(50, 60)), time_left=lambda: left[0])
    assert next(found).open().size
    left = [0.0]
    with pytest.raises(errors.ImageError, match="takes too long"):
        next(found).open()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits memory")
def test_pdf_has_little_memory(monkeypatch):
    monkeypatch.setattr(pdf, "MAX_MEMORY", 50_000_000)
    with pytest.raises(errors.ImageError):
        picture.open_picture(filing.scan(filing.blank(3000, 3000)))


@pytest.mark.parametrize("after", [0, 1])
def test_what_looking_for_pages_raises_is_the_error_of_those_left(monkeypatch, after):
    """Nobody foresees it, so it must not fail the other files of a request."""
    receive, calls = pdf._receive_page, count()

    def fail(*given):
        if next(calls) == after:
            raise IndexError("index -1 is out of bounds")
        return receive(*given)

    monkeypatch.setattr(pdf, "_receive_page", fail)
    monkeypatch.setattr(tiff, "find_pages", fail)
    read, failed = [(139, 112)] * after, ["undecodable"]
    content = filing.scan(*papers(50, 50))
    assert sizes_and_errors(content) == read + failed
    if not after:
        assert sizes_and_errors(filing.tiff(*papers(50, 50))) == failed


def test_page_is_named_only_where_there_are_several():
    assert [
        page.name_in("a.tif") for page in picture.pages(filing.tiff(*papers(5, 6)))
    ] == [
        "page 1 of a.tif",
        "page 2 of a.tif",
    ]
    assert next(picture.pages(encode(filing.blank()))).name_in("a.png") == "a.png"


def test_image_is_one_page(seven):
    (page,) = picture.pages(seven)
    assert page.open().size == seven.size
    assert picture.open_picture(page.open()).size == seven.size


def test_nothing_is_loaded_for_formats_that_do_not_occur(seven, tmp_path):
    seven.save(tmp_path / "seven.png")
    code = (
        "import sys; from digitlib.reading import open_picture;"
        "open_picture(sys.argv[1]);"
        "print({'pillow_heif', 'pypdfium2'} & {*sys.modules})"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "seven.png")]
    assert subprocess.check_output(command, text=True).strip() == "set()"


def test_a_reduced_picture_can_be_had_finer():
    large = encode(Image.new("L", (3000, 2000), 200))
    opened = picture.open_picture(large)
    assert opened.pixels.shape[1] == pytest.approx(picture.WORKING_SIDE, abs=1)
    finer = opened.finer(2000)
    assert finer.pixels.shape[1] == pytest.approx(2000, abs=1)
    assert finer.scale == pytest.approx(1.5, rel=1e-3)
    assert finer.finer(9999).finer is None  # its own size is the finest
    assert picture.open_picture(encode(Image.new("L", (300, 200)))).finer is None
