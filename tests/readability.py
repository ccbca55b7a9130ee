"""How easily the lessons read: `python -m tests.readability` prints a table."""

import json
import re
from pathlib import Path

import textstat

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def to_plain(markdown: str) -> str:
    """Return the sentences of a text: no code, tables, headings, links or marks.

    What has no full stop, such as an item of a list, ends with its line.
    """
    text = re.sub(r"```[^`]*```|^(#|\||    ).*$", "", markdown, flags=re.M)
    text = re.sub(r"<summary>.*?</summary>|<[^>]+>", "", text)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"[*_`$]|^(- |\d+\. )", "", text, flags=re.M)
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(
        line if line[-1] in ".?!:" else line + "." for line in lines if line
    )


def count_words_per_sentence(plain: str) -> float:
    """Return the mean length of the sentences, in words."""
    return textstat.words_per_sentence(plain)


def main() -> None:
    """Print the words and the mean sentence of each lesson."""
    print(f"{'notebook':30}{'words':>8}{'words a sentence':>18}")
    for path in sorted(NOTEBOOKS.rglob("0*.ipynb")):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        prose = ["".join(c["source"]) for c in cells if c["cell_type"] == "markdown"]
        plain = to_plain("\n\n".join(prose))
        name = path.relative_to(NOTEBOOKS).with_suffix("")
        mean = count_words_per_sentence(plain)
        print(f"{name!s:30}{len(plain.split()):8,}{mean:18.1f}")


if __name__ == "__main__":
    main()
