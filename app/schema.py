"""The API's types: what may be asked, and what is answered.

Requests are checked against them, and `openapi` describes them to other programs. The
field descriptions are written for those who read that description.
"""

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import UNSET, Meta, Struct, UnsetType

from app.errors import STATUS
from digitlib.reading import ink

Share = Annotated[float, Meta(ge=0, le=1)]
Point = Annotated[list[float], Meta(min_length=2, max_length=2)]
PictureUrl = Annotated[
    str,
    Meta(
        description="a picture as a base64 data URL",
        examples=["data:image/png;base64,iVBORw0KGgo..."],
        extra_json_schema={"pattern": "^data:[^,]*;base64,"},
    ),
]


class Choice(Struct):
    """Which network is asked."""

    network: Annotated[
        Literal["mlp", "lenet", "cnn"] | UnsetType,
        Meta(description="the network; without it, the one that the server runs"),
    ] = UNSET


class Wishes(Choice):
    """How a picture is to be read."""

    explain: Annotated[
        bool, Meta(description="say what each digit was told by: 1 or 0")
    ] = False


class Form(Struct):
    """Pictures as the files of a form."""

    image: Annotated[
        list[Annotated[bytes, Meta(extra_json_schema={"format": "binary"})]],
        Meta(description="PNG, JPEG, WebP, BMP, GIF or TIFF", min_length=1),
    ]


class Drawing(Struct):
    """One picture within JSON, such as a canvas gives it."""

    image: PictureUrl


class Strokes(Struct):
    """A drawing as `digitlib.reading.ink` saves it."""

    kind: Literal["digitlib drawing"]
    pen_width: Annotated[
        float, Meta(description="in pixels of the pad", ge=1, le=ink.MAX_PEN_WIDTH)
    ]
    strokes: Annotated[
        list[Annotated[list[Point], Meta(min_length=1)]],
        Meta(
            description="from pen down to pen up; points x, y in pixels of the pad,"
            f" which has {ink.PAD_SIDE} x {ink.PAD_SIDE}",
            min_length=1,
        ),
    ]


class Writer(Struct):
    """Who wrote, and nobody knows who that is."""

    writer: Annotated[
        str,
        Meta(
            description="a random id that the browser made up: 32 hexadecimal digits",
            pattern="^[0-9a-f]+$",
            min_length=32,
            max_length=32,
        ),
    ]


class WrittenDigit(Writer):
    """A digit for the class set: all that is kept of it."""

    label: Annotated[int, Meta(description="the digit that was meant", ge=0, le=9)]
    style: Annotated[
        Literal["finger", "mouse", "pen", "keyboard", ""],
        Meta(description="what it was drawn with; empty where the browser cannot say"),
    ]
    drawing: Strokes


class Kept(TypedDict):
    """A digit was kept."""

    digits: Annotated[int, Meta(description="how many there are of its writer now")]


class Deleted(TypedDict):
    """Digits were deleted."""

    deleted: Annotated[int, Meta(description="how many")]


class Digit(TypedDict):
    """One digit of a picture."""

    label: Annotated[
        str,
        Meta(
            description='"0" to "9", or "?" where the network should not be trusted',
            extra_json_schema={"pattern": "^[0-9?]$"},
        ),
    ]
    confidence: Annotated[
        Share, Meta(description="the probability of the most probable digit")
    ]
    probabilities: Annotated[
        list[Share],
        Meta(
            description="of the digits 0 to 9; what they lack to 1 is that of none",
            min_length=10,
            max_length=10,
        ),
    ]
    box: Annotated[
        list[int],
        Meta(
            description="left, top, right, bottom in pixels of the upright picture",
            min_length=4,
            max_length=4,
        ),
    ]
    accepted: Annotated[bool, Meta(description="whether the label is a digit")]
    glyph: Annotated[
        str, Meta(description="the 28x28 pixels that the network saw, as a data URL")
    ]
    occlusion: NotRequired[
        Annotated[
            list[list[Annotated[float, Meta(ge=-1, le=1)]]],
            Meta(
                description="with explain=1: for each of the 28x28 pixels how much the"
                " most probable digit loses (above 0) or gains (below) where it is"
                " covered; of the first ten digits of a picture"
            ),
        ]
    ]


class Fault(TypedDict):
    """What is wrong."""

    code: Annotated[
        str,
        Meta(description="for programs", extra_json_schema={"enum": list(STATUS)}),
    ]
    message: Annotated[str, Meta(description="a sentence for people")]


class Problem(TypedDict):
    """The answer where there is no other."""

    error: Fault


class Result(TypedDict):
    """A picture: either text, message and digits, or an error."""

    filename: Annotated[str, Meta(description='as it was sent; "" within JSON')]
    text: NotRequired[
        Annotated[str, Meta(description="the labels, line by line, left to right")]
    ]
    message: NotRequired[
        Annotated[str, Meta(description="a sentence where there is no digit, or empty")]
    ]
    digits: NotRequired[list[Digit]]
    error: NotRequired[Fault]


class Readings(TypedDict):
    """What was read, in the order of the pictures."""

    results: list[Result]


class Description(TypedDict):
    """A network, and how well it reads."""

    name: str
    sha256: Annotated[str, Meta(description="of the network's file, in hexadecimal")]
    accuracies: Annotated[
        dict[str, Share], Meta(description="measured, by what they were measured on")
    ]
    versions: Annotated[
        dict[str, str], Meta(description="of the packages that it was trained with")
    ]


class Health(TypedDict):
    """A sign of life."""

    status: Literal["ok"]
    model: Annotated[str, Meta(description="the network that the server runs")]
