"""What is deployed: linted, small, and started by one command everywhere."""

import platform
import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="hadolint has no Windows package")
def test_dockerfile_has_no_lint():
    hadolint = Path(sys.executable).with_name("hadolint")
    subprocess.run([hadolint, ROOT / "Dockerfile"], check=True)


def test_image_holds_what_the_wheel_needs_and_no_more():
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in ignored  # all but what follows
    kept = [line[1:] for line in ignored if line.startswith("!")]
    assert all(any(ROOT.glob(pattern)) for pattern in kept)
    setup = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    mapped = setup["package-dir"]
    for package, patterns in setup["package-data"].items():
        folder = ROOT / mapped.get(package, package.replace(".", "/"))
        if package.startswith("digitlib.notebooks."):
            folder = ROOT / package.removeprefix("digitlib.").replace(".", "/")
        for file in (path for pattern in patterns for path in folder.glob(pattern)):
            assert any(is_within(file, ROOT / name) for name in kept), file


def is_within(file, pattern):
    """Whether a line of .dockerignore lets a file in: the file's own, or a folder's."""
    return any(each.match(str(pattern)) for each in (file, *file.parents))


def test_image_installs_the_wheel():
    assert "pip wheel" in DOCKERFILE
    assert "--editable" not in DOCKERFILE


def test_image_runs_as_nobody_in_particular():
    last_user = re.findall(r"(?m)^USER (.+)", DOCKERFILE)[-1]
    assert int(last_user) >= 10_000


def needed(name):
    """The packages that a package needs, and those that they need."""
    try:
        lines = requires(name) or []
    except PackageNotFoundError:  # for another system
        return set()
    found = {name}
    for requirement in map(Requirement, lines):
        marker = requirement.marker
        if marker is None or marker.evaluate({"extra": ""}):
            found |= needed(requirement.name)
    return found


def test_serving_needs_no_package_for_training():
    packages = needed("digitlib")
    assert {"flask", "gunicorn", "ai-edge-litert"} <= packages
    assert not {"tensorflow", "tensorflow-cpu", "keras", "matplotlib"} & packages


def test_one_command_serves_everywhere():
    """All that differs is in gunicorn.conf.py."""
    assert (ROOT / "Procfile").read_text() == "web: gunicorn\n"
    assert DOCKERFILE.rstrip().endswith('CMD ["gunicorn"]')


THREADS = """
import re, sys, threading
from digitlib.workshop.memory import share_one_arena
if sys.argv[1] == "shared":
    share_one_arena()
kept, together = [], threading.Barrier(9)
def work():
    kept.append([bytes(10_000) for _ in range(100)])
    together.wait()
def size():
    return int(re.search("VmSize:\\s+(\\d+)", open("/proc/self/status").read())[1])
before, threads = size(), [threading.Thread(target=work) for _ in range(8)]
[thread.start() for thread in threads]
together.wait()
print((size() - before) // 1024)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc has arenas")
def test_threads_share_one_arena():
    """An arena takes 64 MiB of addresses, whether they are used or not."""
    shared, apart = (
        int(subprocess.check_output([sys.executable, "-c", THREADS, how], cwd=ROOT))
        for how in ("shared", "apart")
    )
    assert apart - shared >= 4 * 64
