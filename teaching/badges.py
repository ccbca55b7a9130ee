"""Fill in where your copy of this project is public, for Binder and Colab.

    python -m teaching.badges https://github.com/OWNER/NAME

Whoever opens the README or the index of the lessons there can then start them with one
click. The same command with another address replaces the first. Binder builds from any
host of code; Colab opens lessons from GitHub alone.
"""

import argparse
import json
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).parent.parent
INDEX = "notebooks/00_index.ipynb"
BADGES = re.compile(r"\A(?:\[!\[.*\n)+\n?")  # of an earlier run
CLONE = re.compile(r"(?<=!git clone )\S+(?= digits)")
GITHUB = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?")


def make_badges(address: str, branch: str) -> str:
    """Return the badges as Markdown, a line for each.

    Args:
        address: of the project's public copy, such as https://github.com/OWNER/NAME.
        branch: which state of it is opened.
    """
    place, found = f"git/{quote(address, safe='')}", GITHUB.fullmatch(address)
    if found:
        place = f"gh/{found[1]}"
    lines = [
        _badge(
            "Start all lessons on Binder, without installing",
            "https://mybinder.org/badge_logo.svg",
            f"https://mybinder.org/v2/{place}/{branch}?urlpath=lab/tree/{INDEX}",
        )
    ]
    if found:
        lines.append(
            _badge(
                "Open one of the lessons on Colab, without installing",
                "https://colab.research.google.com/assets/colab-badge.svg",
                f"https://colab.research.google.com/github/{found[1]}/blob/{branch}/{INDEX}",
            )
        )
    return "".join(line + "\n" for line in lines)


def _badge(alt: str, picture: str, target: str) -> str:
    return f"[![{alt}]({picture})]({target})"


def fill_in(text: str, heading: str, address: str, branch: str) -> str:
    """Put the badges below a heading of a Markdown text, and the address into it.

    Raises:
        ValueError: the text has no such heading.
    """
    start = f"## {heading}\n\n"
    before, found, after = text.partition(start)
    if not found:
        raise ValueError(f"There is no heading {heading!r}.")
    after = BADGES.sub("", after)
    after = CLONE.sub(lambda _: address, after)
    return f"{before}{start}{make_badges(address, branch)}\n{after}"


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> None:
    """Fill the address into the README and the index of the lessons."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("address", help="such as https://github.com/OWNER/NAME")
    parser.add_argument("--branch", default="main", help="default: main")
    options = parser.parse_args(arguments)
    if not re.fullmatch(r"https://[\w.-]+(/[\w.~-]+)+/?", options.address):
        parser.error("the address must be that of a project, and begin with https://")
    address = options.address.rstrip("/")
    readme, index = root / "README.md", root / INDEX
    text = fill_in(readme.read_text("utf-8"), "Learn", address, options.branch)
    readme.write_text(text, "utf-8")
    notebook = json.loads(index.read_text("utf-8"))
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if "## Without installing\n" in source:
            source = fill_in(source, "Without installing", address, options.branch)
            cell["source"] = source.splitlines(keepends=True)
    text = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
    index.write_text(text, "utf-8")
    print(f"README.md and {INDEX} have the badges now. Commit and push them.")


if __name__ == "__main__":
    main()
