"""Build the teacher's pages: Markdown in, HTML to print and to project out.

    python -m teaching.build            # or: make teaching
    teaching/html/index.html            # lists the pages

Each page is one HTML file with everything in it, so that it opens from a USB stick and
without internet. Three fences of the Markdown become pictures:

    squares   rows of signs: `#` is ink, `.` is paper, numbers stand in their squares
    lines     as many ruled lines as its number says, to write on
    figure    a notebook, the id of the cell whose figure is taken, and the alt text

A quiz becomes two pages, with and without its answers; the slides become two as well,
with and without what the teacher says.
"""

import argparse
import base64
import html
import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from string import Template
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

HERE = Path(__file__).parent
ROOT = HERE.parent
OUT = HERE / "html"
SIDE = 24  # CSS pixels: the side of a square
OPTION = re.compile(r"^- \[([ x])\] (.*?) \| (.*)$", re.MULTILINE)
SLIDE_BREAK = re.compile(r"^---$", re.MULTILINE)
SAID = re.compile(r"^> .*\n?", re.MULTILINE)  # what the teacher says to a slide
STYLES = {path.stem: path.read_text("utf-8") for path in HERE.glob("*.css")}
PAGE = Template(
    '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
    '<meta name="viewport" content="width=device-width">\n'
    "<title>$title</title>\n<style>\n$style</style>\n"
    '<body class="$kind">\n$body</body>\n</html>\n'
)


def render(text: str) -> str:
    """Turn Markdown into HTML, its three kinds of fences into pictures."""
    markdown = MarkdownIt("commonmark").enable("table")
    markdown.add_render_rule("fence", _render_fence)
    return str(markdown.render(text))


def _render_fence(
    _: Any, tokens: Sequence[Token], i: int, options: Any, environment: Any
) -> str:
    kind, _, argument = tokens[i].info.partition(" ")
    content = tokens[i].content
    if kind == "squares":
        return draw_squares(content)
    if kind == "lines":
        return '<p class="line"></p>\n' * int(argument)
    if kind == "figure":
        return embed_figure(*argument.split(), alt=content.strip())
    return f"<pre>{html.escape(content)}</pre>\n"


def draw_squares(text: str) -> str:
    """Draw squared paper; several pieces stand side by side, empty lines between.

    Args:
        text: rows of signs without spaces, or of words with spaces between them.

    Returns:
        HTML with an SVG for each piece.
    """
    pieces = "".join(map(_draw_piece, split_pieces(text)))
    return f'<div class="squares">{pieces}</div>\n'


def split_pieces(text: str) -> list[list[list[str]]]:
    """Return the pieces of a fence `squares`, each a list of rows of its squares."""
    return [
        [row.split() if " " in row else list(row) for row in piece.splitlines()]
        for piece in text.strip().split("\n\n")
    ]


def _draw_piece(rows: list[list[str]]) -> str:
    width, height = SIDE * max(map(len, rows)) + 2, SIDE * len(rows) + 2
    squares = [
        _draw_square(1 + SIDE * x, 1 + SIDE * y, sign)
        for y, row in enumerate(rows)
        for x, sign in enumerate(row)
    ]
    said = "squared paper: " + " / ".join("".join(row) for row in rows)
    return (
        f'<svg width="{width}" height="{height}" role="img"'
        f' aria-label="{html.escape(said)}">{"".join(squares)}</svg>'
    )


def _draw_square(x: int, y: int, sign: str) -> str:
    fill = "#444" if sign == "#" else "white"
    square = (
        f'<rect x="{x}" y="{y}" width="{SIDE}" height="{SIDE}" fill="{fill}"'
        ' stroke="#767676"/>'
    )
    if sign in ("#", "."):
        return square
    middle, base = x + SIDE / 2, y + 0.68 * SIDE
    return square + f'<text x="{middle}" y="{base}">{html.escape(sign)}</text>'


def embed_figure(notebook: str, cell_id: str, alt: str) -> str:
    """Take the figure of a lesson's cell, as it was committed.

    Raises:
        LookupError: there is no such cell, or it has no figure.
    """
    cells = json.loads((ROOT / notebook).read_text("utf-8"))["cells"]
    for cell in cells:
        for output in cell.get("outputs", []) if cell.get("id") == cell_id else []:
            for kind in ("image/svg+xml", "image/png"):
                if kind in output.get("data", {}):
                    return _embed(kind, "".join(output["data"][kind]), alt)
    raise LookupError(f"{notebook} has no cell {cell_id} with a figure.")


def _embed(kind: str, data: str, alt: str) -> str:
    if kind == "image/svg+xml":
        data = base64.b64encode(data.encode()).decode()
    source = f"data:{kind};base64,{''.join(data.split())}"
    return f'<img src="{source}" alt="{html.escape(alt)}">\n'


def read_quiz(text: str) -> list[tuple[str, list[tuple[bool, str, str]]]]:
    """Read a quiz.

    Returns:
        For each question its text, and its options: whether it is right, the option,
        and why it is right or wrong.
    """
    questions = re.split(r"^## \d+\. ", text, flags=re.MULTILINE)[1:]
    return [
        (
            OPTION.sub("", question).strip(),
            [(mark == "x", *rest) for mark, *rest in OPTION.findall(question)],
        )
        for question in questions
    ]


def hide_answers(text: str) -> str:
    """Return a quiz as pupils get it: empty boxes, and no word on what is right."""
    sheet = OPTION.sub(lambda option: f"- ☐ {option[2]}", text)
    return re.sub(r"(?m)^(# .*)$", r"\1\n\nName: ______________________", sheet)


def show_answers(text: str) -> str:
    """Return a quiz with what is right, and with the reason for every option."""
    marks = {"x": "☑", " ": "☐"}
    return OPTION.sub(
        lambda option: f"- {marks[option[1]]} {option[2]}<br>*{option[3]}*", text
    ).replace("<br>", "\\\n  ")


def lay_slides(text: str) -> str:
    """Turn a deck into one section for each slide."""
    return "".join(
        f"<section>\n{render(slide)}</section>\n" for slide in SLIDE_BREAK.split(text)
    )


def make_pages(out: Path = OUT) -> dict[str, str]:
    """Return the HTML of each page by its path below the folder of the pages."""
    pages = {}
    for path in sorted(HERE.rglob("*.md")):
        text = path.read_text("utf-8")
        name = path.relative_to(HERE).with_suffix("").as_posix()
        for suffix, body, style in _make_bodies(path, text):
            pages[f"{name}{suffix}.html"] = _page(body, text, style, path, out)
    pages["index.html"] = pages.pop("README.html")
    return pages


def _make_bodies(path: Path, text: str) -> list[tuple[str, str, str]]:
    """Return the pages made of a file: the end of the name, the HTML, the style."""
    if path.parent.name == "quizzes":
        sheets = {"": hide_answers(text), "_answers": show_answers(text)}
        return [(suffix, render(sheet), "page") for suffix, sheet in sheets.items()]
    if path.stem == "slides":
        return [
            ("", lay_slides(SAID.sub("", text)), "slides"),
            ("_with_notes", lay_slides(text), "page"),
        ]
    return [("", render(text), "page")]


def _page(body: str, text: str, style: str, path: Path, out: Path) -> str:
    title = re.search(r"^# (.*)$", text, re.MULTILINE)
    folder = out / path.parent.relative_to(HERE)

    def link(found: re.Match[str]) -> str:
        target = Path(os.path.normpath(path.parent / found[1]))
        if target.is_relative_to(HERE) and target.suffix == ".md":
            name = "index" if target.stem == "README" else target.stem
            target = out / target.relative_to(HERE).with_name(f"{name}.html")
        relative = Path(os.path.relpath(target, folder)).as_posix()
        return f'href="{relative}{found[2] or ""}"'

    return PAGE.substitute(
        title=html.escape(title[1] if title else ""),
        style=STYLES[style],
        kind=path.parent.name,
        body=re.sub(r'href="(?![a-z]+:|#)([^"#]*)(#[^"]*)?"', link, body),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Write all pages, and say where they are."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, default=OUT, help="the folder of the pages")
    out = parser.parse_args(arguments).out.resolve()
    for name, page in make_pages(out).items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, "utf-8")
    print(f"Open {out / 'index.html'}, and print from the browser.")


if __name__ == "__main__":
    main()
