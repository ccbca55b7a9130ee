"""Files as people have them, good and bad: HEIC, AVIF, and PDF and TIFF of pages."""

import io
import struct

from PIL import Image


def heic(image, **options):
    """A HEIC, as a phone stores a photo."""
    from pillow_heif import from_pillow

    file = io.BytesIO()
    from_pillow(image.convert("RGB")).save(file, **options)
    return file.getvalue()


def avif(image, **options):
    file = io.BytesIO()
    image.convert("RGB").save(file, "AVIF", speed=10, **options)
    return file.getvalue()


def declare(content, width, height):
    """Change the size that a HEIC or AVIF declares, wherever it does."""
    place = content.find(b"ispe")
    while place >= 0:
        size = struct.pack(">II", width, height)
        content = content[: place + 8] + size + content[place + 16 :]
        place = content.find(b"ispe", place + 1)
    return content


def scan(*images):
    """A PDF with a picture on each page, as a scanner makes it."""
    return _save(images, "PDF", resolution=72)


def tiff(*images, **options):
    return _save(images, "TIFF", **options)


def _save(images, form, **options):
    file = io.BytesIO()
    first, *others = (image.convert("RGB") for image in images)
    first.save(file, form, save_all=True, append_images=others, **options)
    return file.getvalue()


BLENDED = "/ExtGState << /G << /ca 0.01 /BM /Luminosity >> >>"  # "/G gs" in a drawing


def pdf(*pages, count=None, trailer=""):
    """A PDF of pages, each given as its width, height and drawing operators.

    It may declare another number of pages, and have more entries in its trailer.
    """
    objects = ["<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{3 + 2 * i} 0 R" for i in range(len(pages)))
    objects.append(f"<< /Type /Pages /Count {count or len(pages)} /Kids [{kids}] >>")
    for i, (width, height, drawing) in enumerate(pages):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}]"
            f" /Contents {4 + 2 * i} 0 R /Resources << {BLENDED} >> >>"
        )
        objects.append(f"<< /Length {len(drawing)} >> stream\n{drawing}\nendstream")
    return _join(objects, trailer)


def pdf_with_image(width, height):
    """A PDF of a page with an image that declares this size, and holds next to none."""
    drawing = "q 200 0 0 200 0 0 cm /Im Do Q"
    return _join(
        [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R"
            " /Resources << /XObject << /Im 5 0 R >> >> >>",
            f"<< /Length {len(drawing)} >> stream\n{drawing}\nendstream",
            f"<< /Type /XObject /Subtype /Image /Width {width} /Height {height}"
            " /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 1 >> stream\n0\n"
            "endstream",
        ],
        "",
    )


def _join(objects, trailer):
    content, places = "%PDF-1.7\n", []
    for i, each in enumerate(objects, 1):
        places.append(len(content))
        content += f"{i} 0 obj\n{each}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    content += (
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n"
        f"<< /Size {len(objects) + 1} /Root 1 0 R {trailer} >>\n"
        f"startxref\n{len(content)}\n%%EOF\n"
    )
    return content.encode()


SQUARE = "1 0 0 1 0 0 cm 60 60 80 80 re 90 90 20 20 re f*"  # an O, or a 0, with edges
FILLS = "/G gs\n" + "0 0 595 842 re f\n0 0 m 595 842 l 300 0 l f*\n" * 3000
SLOW_PAGE = 595, 842, FILLS  # which PDFium draws in some ten seconds
LOCK = (
    "/Encrypt << /Filter /Standard /V 1 /R 2 /P -4"
    f" /O <{'4f' * 32}> /U <{'55' * 32}> >> /ID [<{'49' * 16}> <{'49' * 16}>]"
)
LOCKED_PDF = pdf((200, 200, SQUARE), trailer=LOCK)
PDF_OF_NONE = pdf()
PDF_OF_10000 = pdf(*[(9, 9, "")] * 10_000)
HUGE_PAGE = pdf((1_000_000, 800_000, SQUARE))


def damage_page(content, number):
    """Damage the directory of one page of a TIFF; the chain of pages stays whole."""
    from digitlib.reading import tiff as pages

    place = pages.find_pages(content, 100)[number - 1]
    (entries,) = struct.unpack_from("<H", content, place)
    size = 12 * entries
    return content[: place + 2] + b"\xff" * size + content[place + 2 + size :]


def blank(width=60, height=40):
    return Image.new("L", (width, height), 255)
