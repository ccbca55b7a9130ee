"""The wheel works alone: built, installed outside the checkout, and used by name."""

import os
import shutil
import subprocess
import sys
import sysconfig
from contextlib import contextmanager
from pathlib import Path

import pytest

from digitlib import __version__
from tests import filing
from tests.launching import HOST, free_port, get, port_options, read_until

ROOT = Path(__file__).parents[1]
PARTS = ("app", "digitlib", "models", "notebooks", "web")
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
# Where the packages that are here have what they install beside their code.
SHARED = os.environ | {"JUPYTER_PATH": str(Path(sys.prefix, "share", "jupyter"))}
MEGABYTES = 8  # of the wheel, at most


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from a copy: what an earlier build left would get into it."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in PARTS:
        shutil.copytree(ROOT / name, copy / name)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    (copy / "models" / "class.keras").write_text("somebody's own")
    folder = tmp_path_factory.mktemp("dist")
    command = ["build", "--wheel", "--no-isolation", "--skip-dependency-check"]
    command += [f"--outdir={folder}", copy]
    subprocess.run([sys.executable, "-m", *command], check=True, capture_output=True)
    shutil.rmtree(copy)
    (file,) = folder.iterdir()
    return file


@pytest.fixture(scope="module")
def scripts(wheel, tmp_path_factory):
    """Where an environment has its programs that holds the wheel and what it needs.

    So that no network is needed, the other packages are those that are here already.
    This digitlib is not seen through them: only what lies in their folder is.
    """
    folder = tmp_path_factory.mktemp("alone") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / SCRIPTS / "python"
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = subprocess.check_output([python, "-c", code], text=True).strip()
    Path(packages, "others.pth").write_text(sysconfig.get_path("purelib"))
    command = ["pip", "--python", python, "install", "--no-deps", "--no-index", wheel]
    subprocess.run([sys.executable, "-m", *command], check=True, capture_output=True)
    return python.parent


@pytest.fixture
def run(scripts, tmp_path):
    """Run a program of that environment in an empty folder; gives what it prints."""

    def run(name, *arguments):
        command = [scripts / name, *arguments]
        return subprocess.check_output(command, cwd=tmp_path, text=True)

    return run


def test_it_is_named_as_it_should_be_and_small(wheel):
    assert wheel.name == f"digitlib-{__version__}-py3-none-any.whl"
    assert wheel.stat().st_size < MEGABYTES * 10**6


def test_every_package_is_in_it_and_nobodys_own_network(run):
    code = (
        "from pathlib import Path; import app, digitlib; from digitlib.files import"
        " SHIPPED; print(*sorted(path.relative_to(each.parent).as_posix() for each in"
        " (Path(app.__file__).parent, Path(digitlib.__file__).parent) for path in"
        " each.rglob('*.*') if '__pycache__' not in path.parts), SHIPPED)"
    )
    *inside, shipped = run("python", "-c", code).split()
    assert not Path(shipped).is_relative_to(ROOT)
    code_files = {
        path.relative_to(ROOT).as_posix()
        for name in ("app", "digitlib")
        for path in (ROOT / name).rglob("*.*")
        if "__pycache__" not in path.parts
    }
    assert code_files <= set(inside)
    assert not [name for name in inside if "class.keras" in name]


def test_the_page_for_the_browser_can_be_written_from_it(run):
    """All but the archives that it is made of, which are fetched."""
    code = (
        "from digitlib.web import bundle, parts, site; assert bundle.pack();"
        " names = {*site.OWN, 'index.html', 'page.css', 'sw.js', site.MANIFEST};"
        " assert all((parts.PAGE / name).is_file() for name in names);"
        " assert all((site.APP / 'static' / name).is_file() for name in site.SHARED);"
        " print(len(parts.read_parts()))"
    )
    assert int(run("python", "-c", code)) >= 5


def test_command_tells_its_version_and_reads_a_picture(run, seven, tmp_path):
    assert run("digitlib", "--version") == f"digitlib {__version__}\n"
    seven.save(tmp_path / "photo.jpg")
    assert run("digitlib", "predict", "photo.jpg").startswith("7\tphoto.jpg")


def test_command_reads_the_pages_of_a_pdf(run, seven, tmp_path):
    (tmp_path / "scan.pdf").write_bytes(filing.scan(seven, seven))
    lines = run("digitlib", "predict", "scan.pdf").splitlines()
    names = ["page 1 of scan.pdf", "page 2 of scan.pdf"]
    assert [line.split("\t")[:2] for line in lines] == [["7", name] for name in names]


@contextmanager
def started(scripts, folder, name, *arguments):
    """A program of that environment that serves, until the context ends."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [scripts / name, *arguments],
        cwd=folder,
        env=SHARED,
        stdout=pipe,
        stderr=pipe,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


@pytest.mark.slow
@pytest.mark.parametrize("command", ["demo", "workshop"])
def test_both_pages_are_served(scripts, tmp_path, command):
    ports = free_port(), free_port()
    options = port_options(ports)
    with started(scripts, tmp_path, "digitlib", command, *options) as process:
        read_until(process, "Ctrl-C")
        status, page = get(ports[0])
        assert (status, "<form" in page) == (200, True)
        status, page = get(ports[1])
        assert (status, "Draw a digit" in page) == (200, True)


def test_web_app_alone_is_served(scripts, tmp_path):
    port = free_port()
    command = "python", "-m", "app", "--port", str(port)
    with started(scripts, tmp_path, *command) as process:
        assert f"http://{HOST}:{port}" in read_until(process, "The web app")
        assert get(port, "/healthz")[0] == 200
