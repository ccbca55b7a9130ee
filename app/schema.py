"""The types of the API's requests and responses.

Requests are validated against them, and `api.openapi` describes them to other programs.
The field descriptions are written for readers of that description.
"""

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import UNSET, Meta, Struct, UnsetType

from app.errors import STATUS
from digitlib.reading import ctc, ink
from digitlib.reading.formats import FORMAT_NAMES
from digitlib.reading.pdf import DPI

SIGNS = " ".join(ctc.SIGNS)
Share = Annotated[float, Meta(ge=0, le=1)]
Point = Annotated[list[float], Meta(min_length=2, max_length=2)]
PictureUrl = Annotated[
    str,
    Meta(
        description="a picture in base64, alone or as a data URL",
        examples=["data:image/png;base64,iVBORw0KGgo...", "iVBORw0KGgo..."],
        extra_json_schema={"pattern": r"^(data:[^,]*;base64,)?[A-Za-z0-9+/=\s]*$"},
    ),
]


class NetworkQuery(Struct):
    """Which network to use."""

    network: Annotated[
        Literal["mlp", "tiny", "lenet", "cnn"] | UnsetType,
        Meta(description="the network; the server's own if it is not given"),
    ] = UNSET


class PredictQuery(NetworkQuery):
    """How to read a picture."""

    explain: Annotated[
        bool, Meta(description="explain each digit with an occlusion map: 1 or 0")
    ] = False
    picture: Annotated[
        bool,
        Meta(
            description="return each picture too, for programs that cannot show a HEIC"
            " or the page of a PDF: 1 or 0"
        ),
    ] = False


class Form(Struct):
    """Pictures as files of a form."""

    image: Annotated[
        list[Annotated[bytes, Meta(extra_json_schema={"format": "binary"})]],
        Meta(description=FORMAT_NAMES, min_length=1),
    ]


class Drawing(Struct):
    """One picture in base64, such as a canvas exports it."""

    image: PictureUrl


class Strokes(Struct):
    """A drawing as `digitlib.reading.ink` saves it."""

    kind: Literal["digitlib drawing"]
    pen_width: Annotated[
        float,
        Meta(description="its width in pixels of the pad", ge=1, le=ink.MAX_PEN_WIDTH),
    ]
    strokes: Annotated[
        list[Annotated[list[Point], Meta(min_length=1)]],
        Meta(
            description="one per pen down; each is a list of points x, y in pixels of"
            f" the pad, which is {ink.PAD_SIDE} x {ink.PAD_SIDE}",
            min_length=1,
        ),
    ]


class Writer(Struct):
    """An anonymous writer."""

    writer: Annotated[
        str,
        Meta(
            description="a random id that the browser chose: 32 hexadecimal digits",
            pattern="^[0-9a-f]+$",
            min_length=32,
            max_length=32,
        ),
    ]


class WrittenDigit(Writer):
    """A digit for the class set, with everything that is stored about it."""

    label: Annotated[
        int, Meta(description="the digit that the writer meant", ge=0, le=9)
    ]
    style: Annotated[
        Literal["finger", "mouse", "pen", "keyboard", ""],
        Meta(description="what it was drawn with; empty if the browser cannot tell"),
    ]
    drawing: Strokes


class Kept(TypedDict):
    """The digit was stored."""

    digits: Annotated[
        int, Meta(description="how many digits the set now has by this writer")
    ]


class Deleted(TypedDict):
    """The digits were deleted."""

    deleted: Annotated[int, Meta(description="how many were deleted")]
    erased: Annotated[
        bool,
        Meta(
            description="whether nothing of them is in the set's file any more; if not,"
            " another program is reading it, and they are overwritten once it ends"
        ),
    ]


class Digit(TypedDict):
    """One digit of a picture."""

    label: Annotated[
        str,
        Meta(
            description='"0" to "9", or "?" if the network rejected the digit',
            extra_json_schema={"pattern": "^[0-9?]$"},
        ),
    ]
    confidence: Annotated[
        Share, Meta(description="the probability of the most probable digit")
    ]
    probabilities: Annotated[
        list[Share],
        Meta(
            description="of the digits 0 to 9; the rest up to 1 is that of no digit",
            min_length=10,
            max_length=10,
        ),
    ]
    box: Annotated[
        list[int],
        Meta(
            description="the bounding box: left, top, right, bottom in pixels of the"
            f" upright picture; a page of a PDF has {DPI} of them in an inch",
            min_length=4,
            max_length=4,
        ),
    ]
    accepted: Annotated[
        bool, Meta(description="false if the network rejected the digit")
    ]
    glyph: Annotated[
        str, Meta(description="the 28x28 pixels that the network saw, as a data URL")
    ]
    occlusion: NotRequired[
        Annotated[
            list[list[Annotated[float, Meta(ge=-1, le=1)]]],
            Meta(
                description="with explain=1, for the first ten digits of a request, as"
                " far as there is time: how much probability the most probable digit"
                " loses (above 0) or gains (below 0) when each of the 28x28 pixels is"
                " covered"
            ),
        ]
    ]


class Line(TypedDict):
    """One line of writing."""

    text: Annotated[
        str,
        Meta(
            description=f"its digits, the signs {SIGNS} between them, and a space where"
            ' the gap is wide; "?" for anything that is not sure'
        ),
    ]
    box: Annotated[
        list[int],
        Meta(
            description="the box around its digits, as that of a digit",
            min_length=4,
            max_length=4,
        ),
    ]
    digits: Annotated[
        list[int],
        Meta(description="which of the result's digits are in it, counted from 0"),
    ]
    cells: Annotated[
        list[str],
        Meta(
            description='what is in each cell of a form, "" if it is empty; no item if'
            " the digits are in no cells"
        ),
    ]


class Fault(TypedDict):
    """What is wrong."""

    code: Annotated[
        str,
        Meta(description="for programs", extra_json_schema={"enum": list(STATUS)}),
    ]
    message: Annotated[str, Meta(description="a sentence for people")]


class Problem(TypedDict):
    """The answer if something is wrong."""

    error: Fault


class Result(TypedDict):
    """The result for one picture or page: text, message and digits, or an error."""

    filename: Annotated[
        str, Meta(description='as it was sent; "" if it was not a file of a form')
    ]
    page: Annotated[
        int, Meta(description="the page of a PDF or TIFF, from 1; else 1", ge=1)
    ]
    pages: Annotated[int, Meta(description="how many pages the file has", ge=1)]
    text: NotRequired[
        Annotated[
            str, Meta(description="the texts of all lines, with a line break between")
        ]
    ]
    message: NotRequired[
        Annotated[
            str, Meta(description="says if there is no digit, or what was left out")
        ]
    ]
    lines: NotRequired[Annotated[list[Line], Meta(description="from top to bottom")]]
    digits: NotRequired[
        Annotated[list[Digit], Meta(description="line by line and from left to right")]
    ]
    picture: NotRequired[
        Annotated[
            str,
            Meta(
                description="with picture=1: the upright picture as a data URL, a JPEG"
                " that may be smaller than the original"
            ),
        ]
    ]
    size: NotRequired[
        Annotated[
            list[int],
            Meta(
                description="with picture=1: width and height of the upright original,"
                " to which the boxes refer",
                min_length=2,
                max_length=2,
            ),
        ]
    ]
    error: NotRequired[Fault]


class Readings(TypedDict):
    """The results, in the order of the pictures and their pages."""

    results: list[Result]


class Description(TypedDict):
    """A network and its accuracies."""

    name: str
    sha256: Annotated[
        str, Meta(description="the hash of the network's file, in hexadecimal")
    ]
    accuracies: Annotated[
        dict[str, Share], Meta(description="measured, by the name of the data")
    ]
    versions: Annotated[
        dict[str, str], Meta(description="of the packages it was trained with")
    ]


class Health(TypedDict):
    """The state of the server."""

    status: Literal["ok"]
    model: Annotated[str, Meta(description="the network that the server runs")]
