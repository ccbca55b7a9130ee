"""A Reading as HTML: what the dashboard shows beside its pad.

`digitlib.dashboard` puts it on the page; `dashboard.css` says how it looks.
"""

import base64
from html import escape
from io import BytesIO

import numpy as np
from PIL import Image

from digitlib.predict import Digit, Reading
from digitlib.preprocess import to_pixels

HINT = "Draw a digit from 0 to 9 on the pad."
SEEN = "What the network sees"


def to_html(reading: Reading) -> str:
    """Write a reading as HTML: the answer, what the network saw, and ten bars.

    Args:
        reading: one with no digits gives its message, or a hint where there is none.

    Returns:
        HTML whose classes begin with `digit-`; all text is escaped.
    """
    digits = reading.digits
    last = digits[-1] if digits else None
    heading = "Probabilities" if len(digits) < 2 else "Probabilities of the last digit"
    return (
        f'<div class="digit-top" style="--digits: {max(1, len(digits))}">'
        f"{_answer(reading)}{_seen(digits)}</div>"
        f"{_bars(last, heading)}"
    )


def error_html(message: str) -> str:
    """Write a message in the place of the dashboard."""
    return f'<p class="digit-error" role="alert">{escape(message)}</p>'


def _answer(reading: Reading) -> str:
    text = escape(reading.text) or "&nbsp;"
    return (
        f'<div class="digit-answer"><div class="digit-text">{text}</div>'
        f"<p>{escape(_comment(reading))}</p></div>"
    )


def _comment(reading: Reading) -> str:
    if not reading.digits:
        return reading.message or HINT
    least = min(reading.digits, key=lambda digit: (digit.accepted, digit.confidence))
    if not least.accepted:
        first, second = np.argsort(least.probabilities)[:-3:-1]
        return f"Not sure: perhaps {first}, perhaps {second}."
    if len(reading.digits) > 1:
        return f"Least sure of the {least.label}: {least.confidence:.1%}"
    return f"{least.confidence:.1%} sure"


def _seen(digits: tuple[Digit, ...]) -> str:
    pictures = "".join(
        f'<img src="{_to_png(digit.glyph)}" alt="28 by 28 pixels, read as'
        f' {escape(digit.label)}">'
        for digit in digits
    )
    empty = '<div class="digit-nothing"></div>'
    return (
        f'<figure class="digit-seen"><div>{pictures or empty}</div>'
        f"<figcaption>{SEEN}</figcaption></figure>"
    )


def _to_png(glyph: np.ndarray) -> str:
    """A glyph as the address of a PNG picture that holds the picture itself."""
    file = BytesIO()
    Image.fromarray(to_pixels(glyph)).save(file, "PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def _bars(digit: Digit | None, heading: str) -> str:
    if digit is None:
        rows = "".join(_bar(label) for label in range(10))
    else:
        best = int(digit.probabilities.argmax())
        rows = "".join(
            _bar(label, float(probability), label == best)
            for label, probability in enumerate(digit.probabilities)
        )
    return f'<h2>{heading}</h2><ol class="digit-bars">{rows}</ol>'


def _bar(label: int, probability: float | None = None, is_best: bool = False) -> str:
    number = "" if probability is None else f"{probability:.1%}"
    return (
        f'<li class="{"digit-best" if is_best else ""}"><b>{label}</b>'
        f'<i><i style="width: {number or 0}"></i></i><span>{number}</span></li>'
    )
