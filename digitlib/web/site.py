"""Writes the page: a folder for any static host, or one HTML file for a stick.

    archives (parts), digitlib and its networks (bundle) -> gzipped parts/*.bin
    web/, app/static, app/templates ----------------------> index.html, *.js, *.css
    all of it -> build: a folder        -> build_single: one HTML file

Parts have a neutral ending, since school filters block others, and are gzipped here, so
that the page loads as little from a host that compresses nothing. What the page shares
with the web app, its style, pad, results and markup, is taken from there.
"""

import base64
import gzip
import json
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from digitlib.dashboard.panel import SWITCHES
from digitlib.errors import DigitError
from digitlib.files import replacing
from digitlib.reading import ink, show_confidence
from digitlib.reading.arrangement import arrange
from digitlib.reading.picture import encode
from digitlib.web.bundle import PACKAGE, pack
from digitlib.web.parts import PAGE, gather, read_parts

APP = PACKAGE.parent / "app"  # beside digitlib, in a checkout and from a wheel
SHARED = ("style.css", "favicon.svg", "draw.js", "pad.js", "result.js", "upload.js")
OWN = (
    "api.js",
    "drawings.js",
    "hand.js",
    "inside.js",
    "main.js",
    "reader.js",
    "worker.js",
)
PARTS = "parts"  # the folder of the large ones
MANIFEST, LISTING = "manifest.webmanifest", "parts.json"
STYLES = ("style.css", "dashboard.css", "page.css")  # of the app, the dashboard, ours
ICON_SIDES = (192, 512)  # pixels, which browsers ask for to install a page
LEVEL = 9  # of gzip
COMPAT = "_compat"  # in the names of parts that older browsers load instead of others
NOT_OURS = "{} holds other files, which would be mixed up: name an empty folder."
IMPORT = re.compile(r'import \{ createWasmLib \} from "@litertjs/wasm-utils";')
EXPORT = re.compile(r"export \{\s*createWasmLib\s*\};")


@dataclass(frozen=True)
class Site:
    """The page, ready to be written.

    Attributes:
        version: changes with any of its files.
        files: what the page consists of beside its parts, by their names.
        parts: gzipped, by the names that `worker.js` has for them.
    """

    version: str
    files: dict[str, bytes]
    parts: dict[str, bytes]

    @property
    def size(self) -> int:
        """The bytes that one visitor loads, whose browser has relaxed SIMD or not."""
        parts = {name: each for name, each in self.parts.items() if COMPAT not in name}
        files = map(gzip.compress, self.files.values())
        return sum(map(len, (*parts.values(), *files)))

    @property
    def paths(self) -> dict[str, str]:
        """Where each part is, relative to the page: browsers keep it by this name."""
        return {
            name: f"{PARTS}/{name.replace('.', '-')}-{_digest(part)}.bin"
            for name, part in self.parts.items()
        }


def build(target: Path, archives: Path | None = None) -> Site:
    """Write the page as a folder.

    Args:
        target: the folder, which is empty, missing, or holds an earlier page.
        archives: where archives of `web/parts.json` lie; None to fetch all.

    Raises:
        DataError: an archive is missing or not the one that is listed.
        DigitError: the folder holds other files.
    """
    if target.is_dir() and any(target.iterdir()) and not (target / LISTING).is_file():
        raise DigitError(NOT_OURS.format(target))
    target.mkdir(parents=True, exist_ok=True)  # before anything is fetched
    site = _make(archives)
    contents = {site.paths[name]: part for name, part in site.parts.items()}
    contents |= site.files | {"index.html": _render(site)}
    (target / PARTS).mkdir(exist_ok=True)
    for name, content in contents.items():
        with replacing(target / name) as beside:
            beside.write_bytes(content)
    for path in (target / PARTS).glob("*.bin"):
        if f"{PARTS}/{path.name}" not in contents:
            path.unlink()  # of an earlier page
    return site


def build_single(target: Path, archives: Path | None = None) -> Site:
    """Write the page as one HTML file, which needs no server.

    Args:
        target: the file.
        archives: as of `build`.

    Raises:
        DataError: an archive is missing or not the one that is listed.
    """
    with replacing(target) as beside:  # before anything is fetched
        site = _make(archives)
        beside.write_bytes(_render(site, is_single=True))
    return site


def _make(archives: Path | None) -> Site:
    raw = {"digitlib.zip": pack()}
    for part in read_parts():
        raw |= gather(part, archives)
    raw["litert.js"] = _join(raw.pop("litert_utils.js"), raw["litert.js"])
    parts = {name: gzip.compress(each, LEVEL, mtime=0) for name, each in raw.items()}
    files = {name: (APP / "static" / name).read_bytes() for name in SHARED}
    files |= {
        name: (PAGE / name).read_bytes()
        for name in (*OWN, "page.css", MANIFEST, LISTING)
    }
    files["dashboard.css"] = (PACKAGE / "dashboard" / "dashboard.css").read_bytes()
    icon = ink.draw(ink.write("7 crossed"))
    for side in ICON_SIDES:
        files[f"icon-{side}.png"] = encode(icon.resize((side, side)))
    made_from = [(PAGE / name).read_bytes() for name in ("index.html", "sw.js")]
    version = _digest(b"".join((*made_from, *files.values(), *parts.values())))
    site = Site(version, files, parts)
    files["sw.js"] = _fill((PAGE / "sw.js").read_text("utf-8"), site).encode()
    return site


def _join(library: bytes, user: bytes) -> bytes:
    """Join a module with the only one that it imports."""
    ours, count = EXPORT.subn("", library.decode())
    theirs, found = IMPORT.subn("", user.decode())
    if (count, found) != (1, 1):
        raise DigitError("LiteRT.js is put together in another way than it was.")
    return (ours + theirs).encode()


def _fill(text: str, site: Site) -> str:
    """Fill in the version of the page, and the names of its files and parts."""
    names = [name for name in site.files if name != "sw.js"]
    text = text.replace("VERSION_OF_PAGE", site.version)
    text = text.replace("[/* FILES */]", json.dumps(["./", *names]))
    return text.replace("[/* PARTS */]", json.dumps([*site.paths.values()]))


def _render(site: Site, is_single: bool = False) -> bytes:
    from jinja2 import Environment, FileSystemLoader

    environment = Environment(
        loader=FileSystemLoader([PAGE, APP / "templates"]), autoescape=True
    )
    environment.filters["show_confidence"] = show_confidence
    environment.globals["arrange"] = arrange
    listed = {
        name: {"path": site.paths[name], "size": len(part)}
        for name, part in site.parts.items()
    }
    single = _contain(site) if is_single else {}
    page = environment.get_template("index.html").render(
        ink=ink, switches=SWITCHES, parts=listed, made_of=read_parts(), **single
    )
    return page.encode()


def _contain(site: Site) -> dict[str, object]:
    """Return what the single file holds instead of leading to it.

    A file that was opened from a disk may load no other. Scripts that import others get
    them as data: addresses, by a map.
    """
    modules = {}
    for name in (*SHARED, *OWN):
        if name.endswith(".js") and name != "worker.js":
            script = re.sub(r'from "\./', 'from "', site.files[name].decode())
            modules[name] = f"data:text/javascript;base64,{_base64(script.encode())}"
    styles = b"".join(site.files[name] for name in STYLES)
    icon = _base64(site.files["favicon.svg"])
    return {
        "modules": {"imports": modules},
        "styles": styles.decode(),
        "icon": f"data:image/svg+xml;base64,{icon}",
        "worker": _base64(site.files["worker.js"]),
        "contents": {name: _base64(part) for name, part in site.parts.items()},
    }


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()[:12]


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
