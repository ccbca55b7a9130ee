"""Turns a Reading into the plain values that the API and the pages show.

Model.read -> to_result -> JSON, or the templates of the pages
"""

from typing import Any

from PIL import Image

from app.budget import EXPLANATIONS, budget
from digitlib.reading import Digit, Model, Reading, to_pixels
from digitlib.reading.picture import to_data_url

NOT_EXPLAINED = (
    "Explanations are missing for {} of {} digits: a request gets {} at most, and none"
    " once its time is over. Send these digits alone."
)


def to_result(reading: Reading, explained_by: Model | None = None) -> dict[str, Any]:
    """Return a reading as plain values, with the 28x28 pixels that the network saw.

    Args:
        reading: what was read.
        explained_by: the network that read it, if the answer is to be explained too,
            as far as the budget of the request allows.
    """
    result = reading.to_dict()
    pairs = zip(reading.digits, result["digits"], strict=True)
    for digit, shown in pairs:
        pixels = Image.fromarray(to_pixels(digit.glyph))
        shown["glyph"] = to_data_url(pixels, "PNG")
        if explained_by and budget().may_explain():
            budget().give_way()
            shown["occlusion"] = _occlusion(explained_by, digit)
    left_out = sum("occlusion" not in shown for shown in result["digits"])
    if explained_by and left_out:
        said = NOT_EXPLAINED.format(left_out, len(result["digits"]), EXPLANATIONS)
        result["message"] = f"{result['message']} {said}".lstrip()
    return result


def _occlusion(model: Model, digit: Digit) -> list[list[float]]:
    from digitlib.reading.explain import occlusion_map

    return occlusion_map(model, digit.glyph).round(3).tolist()
