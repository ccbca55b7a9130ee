"""Find the pages of a TIFF, so that each can be opened as if it were the only one.

A TIFF is a chain of directories, and each describes one picture. Pillow walks along the
chain and stops where one of them is damaged; here each page gets a header of its own.
Source: TIFF 6.0, section 2; BigTIFF as in libtiff.
"""

import struct
from typing import NamedTuple

NEW_SUBFILE_TYPE = 254  # the tag that says what kind of picture this is
NO_PAGE = 0b101  # its bits for a reduced copy of another page, and for its mask


class _Layout(NamedTuple):
    """How numbers are written in a file: as `struct` formats, and sizes in bytes."""

    start: int  # where the header says where the first directory is
    offset: str
    entries: str
    entry: int


_LAYOUTS = {42: _Layout(4, "I", "H", 12), 43: _Layout(8, "Q", "Q", 20)}


def find_pages(content: bytes, most: int) -> list[int]:
    """Find the directory of each page.

    Args:
        content: the bytes of the file.
        most: the number of pages that are looked for.

    Returns:
        The place of each directory, of `most` + 1 pages at most. Copies of a page that
        are reduced in size are no pages. Empty if there is no chain to follow.
    """
    pages: list[int] = []
    seen: set[int] = set()
    try:
        order, layout = _layout(content)
        (place,) = struct.unpack_from(order + layout.offset, content, layout.start)
        while place and place not in seen and len(pages) <= most:
            seen.add(place)
            pages.append(place)  # even if what follows finds it damaged
            is_page, place = _read_directory(content, order, layout, place)
            if not is_page:
                pages.pop()
    except (struct.error, OverflowError):  # the chain leads out of the file
        pass
    return pages


def point_to(content: bytes, place: int) -> bytes:
    """Return the file with a header that leads to one of its pages first."""
    order, layout = _layout(content)
    changed = struct.pack(order + layout.offset, place)
    end = layout.start + len(changed)
    return content[: layout.start] + changed + content[end:]


def _layout(content: bytes) -> tuple[str, _Layout]:
    order = "<" if content[:2] == b"II" else ">"
    (version,) = struct.unpack_from(order + "H", content, 2)
    return order, _LAYOUTS[version]


def _read_directory(
    content: bytes, order: str, layout: _Layout, place: int
) -> tuple[bool, int]:
    """Return whether a directory describes a page, and where the next one is."""
    (entries,) = struct.unpack_from(order + layout.entries, content, place)
    first = place + struct.calcsize(order + layout.entries)
    (following,) = struct.unpack_from(
        order + layout.offset, content, first + entries * layout.entry
    )
    kind = 0
    if entries:  # entries are sorted by tag, and no usual tag is smaller
        tag, _type = struct.unpack_from(order + "HH", content, first)
        if tag == NEW_SUBFILE_TYPE:
            value = first + 4 + struct.calcsize(order + layout.offset)
            (kind,) = struct.unpack_from(order + "I", content, value)
    return not kind & NO_PAGE, following
