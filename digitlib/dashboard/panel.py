"""Turns a Reading into HTML, which the dashboard shows beside and below its pad.

    Model.read -> answer_html, bars_html, ... -> widget

`widget` puts the HTML on the page; `dashboard.css` styles it. The page that runs in the
browser (`web/`) shows the same HTML of the steps, the networks and the explanation.
"""

import base64
from html import escape

import cv2
import numpy as np
from PIL import Image

from digitlib.reading.arrangement import MOST_LISTED, arrange
from digitlib.reading.picture import encode
from digitlib.reading.preprocess import to_pixels
from digitlib.reading.results import Digit, Reading, show_confidence
from digitlib.reading.steps import Steps

HINT = "Draw a digit from 0 to 9 on the pad."
SEEN = "What the network sees"
NOT_A_DIGIT = "not a digit"
SWITCHES = {  # steps of `steps.leave_out`, as a switch calls them
    "invert": "Dark on light inverted to light on dark",
    "crop": "Cut out and scaled to 20 pixels",
    "centred": "Moved to the centre",
}
IN_DOUBT = "? means that the network is not sure it is a digit."
CLOSE = 0.5  # of the first digit's probability; above it the second is named too
THUMBNAIL_SIDE = 112  # pixels; the size of the first two pictures of the steps
BOX_COLOUR = (26, 95, 208)


def answer_html(reading: Reading) -> str:
    """Show the answer, its confidence, and what the network saw.

    Args:
        reading: what was read; without digits its message is shown, or a hint.

    Returns:
        HTML whose classes begin with `digit-`; all text is escaped.
    """
    shown = arrange(reading.to_dict())
    if shown.summary:
        return _long_answer_html(reading, shown.columns)
    text = answer(reading)
    lines = text.split("\n")
    longest = max(map(len, lines))
    # The width of the text in widths of a digit: letters are narrower.
    wide = max(1, longest if text == reading.text else longest / 2)
    sizes = f"--digits: {wide:g}; --lines: {len(lines)}"
    sizes += f"; --glyphs: {max(1, len(reading.digits))}"
    return (
        f'<div class="digit-top" style="{sizes}">'
        f'<div class="digit-answer"><div class="digit-text">{escape(text) or "&nbsp;"}'
        f"</div><p>{escape(comment(reading))}</p></div>{_seen(reading.digits)}</div>"
    )


def _long_answer_html(reading: Reading, columns: int) -> str:
    """Show a text of many digits; what the network saw of each is listed below."""
    return (
        f'<div class="digit-top digit-long" style="--columns: {columns}">'
        f'<div class="digit-text" tabindex="0">{escape(reading.text)}</div>'
        f"<p>{escape(comment(reading))}</p></div>"
    )


def digits_html(reading: Reading) -> str:
    """Show each digit's probabilities; many digits are folded behind a sentence."""
    shown = arrange(reading.to_dict())
    if not shown.summary:
        return bars_html(reading.digits)
    items = "".join(_item(reading.digits[i], place) for i, place in shown.order)
    return (
        f'<details class="digit-all"><summary>{shown.summary}</summary>'
        f'<p>{shown.hint}</p><ol class="digit-list">{items}</ol></details>'
    )


def _item(digit: Digit, place: str) -> str:
    return (
        f'<li class="{"" if digit.accepted else "digit-doubt"}">'
        f'<img src="{png_url(to_pixels(digit.glyph))}" alt="">'
        f"<b>{escape(digit.label)}</b><span>{show_confidence(digit.confidence)}"
        f"<br>{place}</span></li>"
    )


def bars_html(digits: tuple[Digit, ...]) -> str:
    """Show ten rows of probabilities, each with a bar and a number per digit."""
    rows = "".join(_row(label, digits) for label in range(10))
    several = len(digits) > 1
    heading = "Probabilities, digit by digit" if several else "Probabilities"
    classes = f"digit-bars{' digit-several' if several else ''}"
    return f'<h2>{heading}</h2><ol class="{classes}">{rows}</ol>'


def answer(reading: Reading) -> str:
    """Return the answer in a few letters: "4", "42", "4 or 9?", "not a digit", or "".

    Beside other digits or signs, a rejected one is a "?".
    """
    if len(reading.digits) != 1 or len(reading.text) != 1:
        return reading.text
    (digit,) = reading.digits
    second, first = np.argsort(digit.probabilities)[-2:]
    close = digit.probabilities[second] >= CLOSE * digit.confidence
    if close and digit.probabilities[[first, second]].sum() > 0.5:
        return f"{first} or {second}?"
    return digit.label if digit.accepted else NOT_A_DIGIT


def comment(reading: Reading) -> str:
    """Return a sentence with the answer's confidence, or with what to do."""
    if not reading.digits:
        return reading.message or HINT
    if len(reading.digits) > MOST_LISTED and "?" in reading.text:
        return IN_DOUBT  # how many they are is said where they are listed
    least = min(reading.digits, key=lambda digit: (digit.accepted, digit.confidence))
    best = int(least.probabilities.argmax())
    confidence = show_confidence(least.confidence)
    if not least.accepted:
        return f"The nearest digit is {best}, at {confidence}."
    if len(reading.digits) > 1:
        return f"Least sure about the {best}: {confidence}"
    return f"{confidence} sure"


def sentence(reading: Reading) -> str:
    """Describe a reading to screen readers; a long text is not read out at once."""
    said = arrange(reading.to_dict()).summary
    return f"{f'{said}.' if said else answer(reading)} {comment(reading)}"


def error_html(message: str) -> str:
    """Show an error message."""
    return f'<p class="digit-error" role="alert">{escape(message)}</p>'


def note_html(message: str) -> str:
    """Show a sentence about the picture."""
    return f'<p class="digit-note" role="status">{escape(message)}</p>'


def steps_html(steps: Steps | None) -> str:
    """Show the result of each preprocessing step of a digit.

    Args:
        steps: the steps of the digit; None before there is a digit.
    """
    if steps is None:
        return figures_html({})
    return figures_html(
        {
            "Grey": _thumbnail(steps.grey),
            "Ink and bounding box": _boxed(steps),
            "Cut out, 20 pixels": np.rint(steps.fitted * 255).astype(np.uint8),
            "Centred, 28 by 28": to_pixels(steps.glyph),
        }
    )


def figures_html(figures: dict[str, np.ndarray]) -> str:
    """Show pictures, each with a caption, or the hint if there are none.

    Args:
        figures: the pixels by caption, as `png_url` takes them.
    """
    if not figures:
        return f'<p class="digit-hint">{HINT}</p>'
    items = "".join(
        f'<li><img src="{png_url(pixels)}" alt="">{escape(caption)}</li>'
        for caption, pixels in figures.items()
    )
    return f'<ol class="digit-figures">{items}</ol>'


def networks_html(answers: dict[str, Digit]) -> str:
    """Show the answers of several networks to one glyph, and the glyph.

    Args:
        answers: the digit that each network read, by the network's name.
    """
    if not answers:
        return f'<p class="digit-hint">{HINT}</p>'
    glyph = next(iter(answers.values())).glyph
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        f"<td>{escape(answer(Reading.of(digit)))}</td>"
        f"<td>{show_confidence(digit.confidence)}</td></tr>"
        for name, digit in answers.items()
    )
    return (
        f'<div class="digit-networks"><img src="{png_url(to_pixels(glyph))}"'
        f' alt="The 28 by 28 pixels that the networks are given"><table>'
        '<tr><th scope="col">Network</th><th scope="col">Answer</th>'
        f'<th scope="col">Sure</th></tr>{rows}</table></div>'
    )


def download_html(name: str, kind: str, content: bytes, text: str) -> str:
    """Return a link that saves a small file contained in the page itself."""
    encoded = base64.b64encode(content).decode()
    return f'<a download="{name}" href="data:{kind};base64,{encoded}">{text}</a>'


def png_url(pixels: np.ndarray) -> str:
    """Encode pixels as a data URL, an address that contains the PNG itself.

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
        probability = float(digit.probabilities[label])
        numbers.append(show_confidence(probability))
        bars.append(_bar(probability, best))
        is_best |= best
    return (
        f'<li class="{"digit-best" if is_best else ""}"><b>{label}</b>'
        f"{''.join(bars) or _bar(0, False)}<span>{' '.join(numbers)}</span></li>"
    )


def _bar(share: float, is_best: bool) -> str:
    best = ' class="digit-best-bar"' if is_best else ""
    return f'<i{best}><i style="width: {share:.1%}"></i></i>'


def _boxed(steps: Steps) -> np.ndarray:
    """Draw the ink, light on dark, with the digit's bounding box in colour."""
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
