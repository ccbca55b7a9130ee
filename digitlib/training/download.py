"""Download a large file over a connection that may break."""

import os
from pathlib import Path

CONNECT_TIMEOUT, READ_TIMEOUT = 5, 30  # seconds
BLOCK = 2**16  # bytes that are written at once
PARTIAL = 206  # the HTTP status of an answer that goes on where it was asked to


def download(url: str, target: Path, description: str) -> None:
    """Download a file with a progress bar, and go on where an earlier try stopped.

    What has arrived lies beside the target until it is whole. It is continued if the
    server can do so and still has the same file, and is begun anew otherwise. A broken
    connection is tried again for as long as each try brings something.

    Args:
        url: of the file.
        target: where the file is to be; its folder must be there.
        description: what stands in front of the progress bar.

    Raises:
        OSError: the file could not be downloaded (requests' errors are OSErrors).
    """
    part = target.with_name(f"{target.name}.part")
    while True:
        before = _size(part)
        try:
            _continue(url, part, description)
            break
        except OSError:
            if _size(part) <= before:
                raise
    os.replace(part, target)
    _tag(part).unlink(missing_ok=True)


def _continue(url: str, part: Path, description: str) -> None:
    import requests
    from tqdm import tqdm

    with requests.get(
        url,
        headers={"Accept-Encoding": "identity"} | _range(part),
        stream=True,
        timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
    ) as response:
        if response.status_code == requests.codes.requested_range_not_satisfiable:
            part.unlink()  # it is longer than the file, or as long: begin anew
            return _continue(url, part, description)
        response.raise_for_status()
        goes_on = response.status_code == PARTIAL
        start = _size(part) if goes_on else 0
        if not goes_on:
            part.unlink(missing_ok=True)
            _tag(part).write_text(response.headers.get("ETag", ""))
        rest = response.headers.get("Content-Length")
        with (
            part.open("ab") as file,
            tqdm(
                desc=description,
                initial=start,
                total=start + int(rest) if rest else None,
                unit="B",
                unit_scale=True,
            ) as bar,
        ):
            for block in response.iter_content(BLOCK):
                bar.update(file.write(block))


def _range(part: Path) -> dict[str, str]:
    """Ask for the rest of a part, provided that it is still a part of the same file."""
    tag = _tag(part).read_text() if _tag(part).is_file() else ""
    if not tag.startswith('"') or not _size(part):  # W/"..." is not precise enough
        return {}
    return {"Range": f"bytes={_size(part)}-", "If-Range": tag}


def _tag(part: Path) -> Path:
    """Return the path of the note that says which version of the file a part is of."""
    return part.with_name(f"{part.name}.etag")


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
