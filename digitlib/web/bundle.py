"""Packs what of digitlib the page runs: `digitlib.reading`, the networks, the shims.

digitlib/reading, errors, files, quiet + dashboard/panel + models + web/python -> ZIP
"""

import io
import json
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from digitlib.reading import manifest
from digitlib.web.network import fit, fit_page
from digitlib.web.parts import PAGE

PACKAGE = Path(__file__).parents[1]
CODE = ("__init__.py", "errors.py", "files.py", "quiet.py", "reading/*.py")
SHOWN = "digitlib/dashboard"  # only its HTML is needed, none of its widgets
FITTED = {manifest.LINE: fit, manifest.PAGE: fit_page}
MODELS = "digitlib/models"  # where an installed digitlib has its networks


def pack() -> bytes:
    """Return a ZIP of all of it, stored unpacked: parts are compressed as a whole."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(_files()):
            archive.writestr(zipfile.ZipInfo(name), content)
    return target.getvalue()


def _files() -> Iterator[tuple[str, bytes]]:
    for pattern in CODE:
        for path in PACKAGE.glob(pattern):
            yield f"digitlib/{path.relative_to(PACKAGE).as_posix()}", path.read_bytes()
    yield f"{SHOWN}/__init__.py", b""
    yield f"{SHOWN}/panel.py", (PACKAGE / "dashboard" / "panel.py").read_bytes()
    shims = PAGE / "python"
    for path in (*shims.rglob("*.py"), shims / "mnist_sample.npz"):
        yield path.relative_to(shims).as_posix(), path.read_bytes()
    yield from _networks()


def _networks() -> Iterator[tuple[str, bytes]]:
    """Yield the networks, and their list with the checksums of the changed ones."""
    listed = manifest.read_json(manifest.MODELS / manifest.LISTING)
    for name in (*manifest.SHIPPED, *manifest.BESIDE):
        content = (manifest.MODELS / f"{name}.tflite").read_bytes()
        if name in FITTED:
            content = FITTED[name](content)
        listed[name]["sha256"] = {".tflite": sha256(content).hexdigest()}
        yield f"{MODELS}/{name}.tflite", content
    yield f"{MODELS}/{manifest.LISTING}", json.dumps(listed).encode()
