"""Gathers what the page is made of that is not ours, and checks each archive.

    web/parts.json -> Part -> a folder, npm, or its public address -> its files

Every part is named there with its version, address, SHA-256 and licence. Wherever an
archive comes from, it must be the one that is listed.
"""

import hashlib
import io
import json
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from digitlib.errors import DataError
from digitlib.files import HOME, IS_INSTALLED, SHIPPED, replacing

PAGE = SHIPPED / ("web/page" if IS_INSTALLED else "web")  # the page's own files
KEPT = HOME / "data" / "web"  # archives that were fetched
NOT_NEEDED = (".pyi", ".a", ".h", ".pxd", "/RECORD")  # in a wheel, by a browser
NO_IMPORTS = ("/tests/", "/f2py/", "/distutils/", "/_pyinstaller/", "_imagingft")
NOT_HERE = (
    "{name} cannot be fetched from {address}: download it from there on another"
    " machine, and name its folder with --parts."
)
WRONG = "{path} is not {name} {version} (its checksum is another): delete it."


class NotHereError(DataError):
    """An archive lies nowhere on this machine and cannot be fetched."""


@dataclass(frozen=True)
class Part:
    """An archive that the page needs.

    Attributes:
        name: for people.
        version: of the archive.
        licence: its SPDX identifier.
        address: where everybody finds it.
        sha256: of the archive, 64 hexadecimal digits.
        files: the names that its files have on the page, by their names in it; for a
            wheel the only name is "", which is all of it.
        npm: what npm calls it; "" if npm does not have it.
    """

    name: str
    version: str
    licence: str
    address: str
    sha256: str
    files: dict[str, str]
    npm: str = ""

    @property
    def archive(self) -> str:
        """The name of its file."""
        return self.address.rpartition("/")[2]


def read_parts() -> list[Part]:
    """Read `web/parts.json`."""
    listed = json.loads((PAGE / "parts.json").read_text("utf-8"))
    return [Part(name, **entry) for name, entry in listed.items()]


def gather(part: Part, folder: Path | None = None) -> dict[str, bytes]:
    """Return the files of a part by their names on the page.

    Args:
        part: which one.
        folder: where archives lie, of which any may be missing; None for no folder.

    Raises:
        NotHereError: it cannot be had.
        DataError: it is not the one that is listed.
    """
    content = find(part, folder).read_bytes()
    if "" in part.files:
        return {part.files[""]: trim(content)}
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        members = {each.name: each for each in archive.getmembers() if each.isfile()}
        return {
            shown: archive.extractfile(members[name]).read()  # type: ignore[union-attr]
            for name, shown in part.files.items()
        }


def find(part: Part, folder: Path | None = None, kept: Path = KEPT) -> Path:
    """Find the archive of a part in a folder, among those kept, or fetch it.

    Raises:
        NotHereError: it cannot be fetched.
        DataError: it is not the one that is listed.
    """
    for place in (folder, kept):
        path = place and place / part.archive
        if path and path.is_file():
            return _checked(part, path)
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        new = _checked(part, _fetch(part, Path(temporary)))
        with replacing(kept / part.archive) as beside:
            shutil.copyfile(new, beside)
    return kept / part.archive


def trim(wheel: bytes) -> bytes:
    """Leave out of a wheel what no browser needs, and store the rest unpacked.

    It is compressed as a whole later on, which is smaller than file by file.
    """
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(wheel)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive,
    ):
        for entry in source.infolist():
            name = entry.filename
            if not name.endswith(NOT_NEEDED) and not any(n in name for n in NO_IMPORTS):
                archive.writestr(zipfile.ZipInfo(name), source.read(entry))
    return target.getvalue()


def _checked(part: Part, path: Path) -> Path:
    if hashlib.sha256(path.read_bytes()).hexdigest() != part.sha256:
        raise DataError(WRONG.format(path=path, name=part.name, version=part.version))
    return path


def _fetch(part: Part, folder: Path) -> Path:
    """Fetch an archive: by npm where that is installed, since it knows proxies."""
    npm = shutil.which("npm")
    if part.npm and npm:
        pack = [npm, "pack", part.npm, "--silent", f"--pack-destination={folder}"]
        done = subprocess.run(pack, capture_output=True, check=False, cwd=folder)
        if done.returncode == 0:
            return next(folder.glob("*.tgz"))
    from digitlib.training.download import download

    target = folder / part.archive
    try:
        download(part.address, target, part.name)
    except OSError as error:
        problem = NOT_HERE.format(name=part.name, address=part.address)
        raise NotHereError(problem) from error
    return target
