"""A Reading into what the API and the page show of it."""

import base64
from typing import Any

from PIL import Image

from digitlib.reading import Digit, Model, Reading, to_pixels
from digitlib.reading.picture import encode

MAX_EXPLAINED = 10  # digits of a picture: each is read some hundred times


def to_result(reading: Reading, explained_by: Model | None = None) -> dict[str, Any]:
    """The reading as plain values, with the 28x28 pixels that the network saw.

    Args:
        reading: what was read.
        explained_by: the network that read it, where it shall say why too.
    """
    result = reading.to_dict()
    pairs = zip(reading.digits, result["digits"], strict=True)
    for i, (digit, shown) in enumerate(pairs):
        pixels = Image.fromarray(to_pixels(digit.glyph))
        shown["glyph"] = to_data_url(pixels, "PNG")
        if explained_by and i < MAX_EXPLAINED:
            shown["occlusion"] = _occlusion(explained_by, digit)
    return result


def to_data_url(image: Image.Image, form: str, **options: Any) -> str:
    """A picture as an address that holds the picture itself."""
    content = base64.b64encode(encode(image, form, **options)).decode()
    return f"data:{Image.MIME[form]};base64,{content}"


def _occlusion(model: Model, digit: Digit) -> list[list[float]]:
    from digitlib.reading.explain import occlusion_map

    return occlusion_map(model, digit.glyph).round(3).tolist()
