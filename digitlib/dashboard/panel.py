"""A Reading as HTML: what the dashboard shows beside and below its pad.

`widget` puts it on the page; `dashboard.css` says how it looks.
"""

import base64
from html import escape

import cv2
import numpy as np
from PIL import Image

from digitlib.reading.picture import encode
from digitlib.reading.predict import Digit, Reading
from digitlib.reading.preprocess import to_pixels
from digitlib.reading.steps import Steps

HINT = "Draw a digit from 0 to 9 on the pad."
SEEN = "What the network sees"
NOT_A_DIGIT = "not a digit"
CLOSE = 0.5  # of the first digit's probability: the second is named beside it
THUMBNAIL_SIDE = 112  # pixels, of the pictures of the first two steps
BOX_COLOUR = (26, 95, 208)


def answer_html(reading: Reading) -> str:
    """Write the answer, how sure it is, and what the network saw.

    Args:
        reading: one with no digits gives its message, or a hint where there is none.

    Returns:
        HTML whose classes begin with `digit-`; all text is escaped.
    """
    text = answer(reading)
    wide = max(1, len(reading.digits), len(text) / 2)  # the text, in digits' widths
    sizes = f"--digits: {wide:g}; --glyphs: {max(1, len(reading.digits))}"
    return (
        f'<div class="digit-top" style="{sizes}">'
        f'<div class="digit-answer"><div class="digit-text">{escape(text) or "&nbsp;"}'
        f"</div><p>{escape(comment(reading))}</p></div>{_seen(reading.digits)}</div>"
    )


def bars_html(digits: tuple[Digit, ...]) -> str:
    """Write ten rows: a bar and its number, or for several digits a bar for each."""
    rows = "".join(_row(label, digits) for label in range(10))
    several = len(digits) > 1
    heading = "Probabilities, digit by digit" if several else "Probabilities"
    classes = f"digit-bars{' digit-several' if several else ''}"
    return f'<h2>{heading}</h2><ol class="{classes}">{rows}</ol>'


def answer(reading: Reading) -> str:
    """The answer in a few letters: "4", "42", "4 or 9?", "not a digit", or "".

    Of several digits that which is refused is a "?".
    """
    if len(reading.digits) != 1:
        return reading.text
    (digit,) = reading.digits
    second, first = np.argsort(digit.probabilities)[-2:]
    close = digit.probabilities[second] >= CLOSE * digit.confidence
    if close and digit.probabilities[[first, second]].sum() > 0.5:
        return f"{first} or {second}?"
    return digit.label if digit.accepted else NOT_A_DIGIT


def comment(reading: Reading) -> str:
    """The answer's confidence, or what to do, in a sentence."""
    if not reading.digits:
        return reading.message or HINT
    least = min(reading.digits, key=lambda digit: (digit.accepted, digit.confidence))
    best = int(least.probabilities.argmax())
    if not least.accepted:
        return f"The nearest digit is {best}, at {least.confidence:.1%}."
    if len(reading.digits) > 1:
        return f"Least sure of the {best}: {least.confidence:.1%}"
    return f"{least.confidence:.1%} sure"


def error_html(message: str) -> str:
    """Write a message in the place of the dashboard."""
    return f'<p class="digit-error" role="alert">{escape(message)}</p>'


def steps_html(steps: Steps | None) -> str:
    """Write what each step of the preparation made of a digit.

    Args:
        steps: of the digit; None before there is one.
    """
    if steps is None:
        return figures_html({})
    return figures_html(
        {
            "Grey": _thumbnail(steps.grey),
            "Ink, and its box": _boxed(steps),
            "Cut out, 20 pixels": np.rint(steps.fitted * 255).astype(np.uint8),
            "Centred, 28 by 28": to_pixels(steps.glyph),
        }
    )


def figures_html(figures: dict[str, np.ndarray]) -> str:
    """Write pictures with a caption each, or the hint where there are none.

    Args:
        figures: pixels as `png_url` takes them, by caption.
    """
    if not figures:
        return f'<p class="digit-hint">{HINT}</p>'
    items = "".join(
        f'<li><img src="{png_url(pixels)}" alt="">{escape(caption)}</li>'
        for caption, pixels in figures.items()
    )
    return f'<ol class="digit-figures">{items}</ol>'


def networks_html(answers: dict[str, Digit]) -> str:
    """Write what several networks make of one glyph, and the glyph.

    Args:
        answers: by the network's name.
    """
    if not answers:
        return f'<p class="digit-hint">{HINT}</p>'
    glyph = next(iter(answers.values())).glyph
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        f"<td>{escape(answer(Reading(digit.label, (digit,))))}</td>"
        f"<td>{digit.confidence:.1%}</td></tr>"
        for name, digit in answers.items()
    )
    return (
        f'<div class="digit-networks"><img src="{png_url(to_pixels(glyph))}"'
        f' alt="The 28 by 28 pixels that the networks are given"><table>'
        '<tr><th scope="col">Network</th><th scope="col">Answer</th>'
        f'<th scope="col">Sure</th></tr>{rows}</table></div>'
    )


def download_html(name: str, kind: str, content: bytes, text: str) -> str:
    """A link that saves a small file which the page itself holds."""
    encoded = base64.b64encode(content).decode()
    return f'<a download="{name}" href="data:{kind};base64,{encoded}">{text}</a>'


def png_url(pixels: np.ndarray) -> str:
    """Pixels as the address of a PNG picture that holds the picture itself.

    Args:
        pixels: (height, width) or (height, width, 3) uint8.
    """
    png = encode(Image.fromarray(pixels))
    return "data:image/png;base64," + base64.b64encode(png).decode()


def _seen(digits: tuple[Digit, ...]) -> str:
    pictures = "".join(
        f'<img src="{png_url(to_pixels(digit.glyph))}" alt="28 by 28 pixels, read as'
        f' {escape(digit.label)}">'
        for digit in digits
    )
    empty = '<div class="digit-nothing"></div>'
    return (
        f'<figure class="digit-seen"><div>{pictures or empty}</div>'
        f"<figcaption>{SEEN}</figcaption></figure>"
    )


def _row(label: int, digits: tuple[Digit, ...]) -> str:
    bars, numbers, is_best = [], [], False
    for digit in digits:
        best = int(digit.probabilities.argmax()) == label
        number = f"{float(digit.probabilities[label]):.1%}"
        numbers.append(number)
        bars.append(_bar(number, best))
        is_best |= best
    return (
        f'<li class="{"digit-best" if is_best else ""}"><b>{label}</b>'
        f"{''.join(bars) or _bar('0', False)}<span>{' '.join(numbers)}</span></li>"
    )


def _bar(width: str, is_best: bool) -> str:
    best = ' class="digit-best-bar"' if is_best else ""
    return f'<i{best}><i style="width: {width}"></i></i>'


def _boxed(steps: Steps) -> np.ndarray:
    """The ink, light on dark, with the digit's box in colour."""
    pixels = _thumbnail(np.rint(steps.ink * 255).astype(np.uint8))
    scale = pixels.shape[1] / steps.ink.shape[1]
    left, top, right, bottom = (round(side * scale) for side in steps.box)
    coloured = cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB)
    return cv2.rectangle(
        coloured, (left - 2, top - 2), (right + 1, bottom + 1), BOX_COLOUR, 2
    )


def _thumbnail(pixels: np.ndarray) -> np.ndarray:
    factor = THUMBNAIL_SIDE / max(pixels.shape)
    return cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
