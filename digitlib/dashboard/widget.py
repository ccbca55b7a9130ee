"""The drawing dashboard: a pad that is read while somebody draws on it.

    pad.Pad -> Model.read -> panel: the answer at once; then the preprocessing steps
    and the answers of other networks; once the pen rests, the explanation

`notebooks/dashboard.ipynb` shows it in JupyterLab, and as a page of its own with voila.
"""

import asyncio
import logging
import os
from contextlib import closing
from pathlib import Path

import ipywidgets as widgets
import numpy as np
from PIL import Image

from digitlib.dashboard import limits, panel
from digitlib.dashboard.access import Access
from digitlib.dashboard.pad import Pad
from digitlib.dashboard.upload import Upload
from digitlib.errors import DigitError, DrawingError, ModelError
from digitlib.reading import explain, ink, picture, steps
from digitlib.reading.formats import ACCEPT
from digitlib.reading.loading import load_model
from digitlib.reading.manifest import SHIPPED
from digitlib.reading.predict import Model
from digitlib.reading.results import Digit, Reading

PAUSE = 0.01  # seconds between two readings, to handle waiting events
IDLE = 0.25  # seconds without a change before the slower explanation starts
MEGABYTES = limits.FILE_BYTES // limits.MEBIBYTE
PENS = {"Thin pen": 8.0, "Medium pen": ink.PEN_WIDTH, "Thick pen": 22.0}
EXAMPLES = "Example digits"
TOO_LARGE = f"The file is larger than {MEGABYTES} MB: send a smaller picture."
NO_ANSWER = "There is no answer."
FAILED = "Something went wrong here with this picture: try another one."
PAGES = (
    "This is page 1 of {}. The dashboard shows only the first page of a file; the web"
    " app reads them all."
)
NOTHING = Reading(())
log = logging.getLogger(__name__)


class Dashboard:
    """A pad, the reading of what is on it, and the widget that shows both.

    Attributes:
        pad: the drawing pad.
        reading: the reading of what is on the pad, updated a moment after a change.
        widget: the widget for a notebook to show.
    """

    def __init__(self, model: Model):
        self._model = model
        self._networks: dict[str, Model] = {}
        self.pad = Pad(self._on_change)
        self.reading = NOTHING
        self._changed = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None
        self._steps: steps.Steps | None = None
        self._note = ""  # about the picture on the pad
        self._answer, self._bars, self._step_figures, self._answers = _html(4)
        self._explanation, self._downloads, self._message = _html(3)
        self._switches = {
            name: widgets.Checkbox(True, description=text, indent=False)
            for name, text in panel.SWITCHES.items()
        }
        self._access = Access()
        self.widget = self._lay_out()
        self._show_reading()
        self._show_steps(None)
        self._show_explanation()

    async def settle(self) -> None:
        """Wait until the page shows everything about what is on the pad."""
        if self._reader is not None:
            await self._reader

    def open_file(self, content: bytes | None) -> None:
        """Show a picture or a saved drawing on the pad, or an error message.

        Args:
            content: the bytes of the file; None if it was too large to be sent.
        """
        try:
            self._open(content)
        except DigitError as error:
            self._say(str(error))
        except Exception:  # the wall: see `_read`
            log.exception("A file could not be opened")
            self._say(FAILED)

    def _open(self, content: bytes | None) -> None:
        if content is None or len(content) > limits.FILE_BYTES:
            raise DrawingError(TOO_LARGE)
        if content[:1] == b"{":
            strokes, pen_width = ink.from_json(content)
            self.pad.put(strokes)
            self.pad.choose_pen(pen_width)
            return
        with closing(picture.pages(content)) as pages:
            first = next(pages)
            pixels = first.open().pixels
        self.pad.show(Image.fromarray(pixels))
        self._note = PAGES.format(first.count) if first.count > 1 else ""

    def _lay_out(self) -> widgets.Widget:
        paper = widgets.Box([self.pad.canvas]).add_class("digit-paper")
        left = widgets.VBox(
            [
                paper,
                self._buttons(),
                self._choices(),
                self._files(),
                self._message.add_class("digit-message"),
            ]
        )
        for switch in self._switches.values():
            switch.observe(lambda _: self._show_answers(), "value")
        return _page(
            left.add_class("digit-pad"),
            self._answer.add_class("digit-panel"),
            self._bars.add_class("digit-panel"),
            _card("From your drawing to what the network sees", self._step_figures),
            _card(
                "Ask four networks, leave out a step",
                *self._switches.values(),
                self._answers,
            ),
            _card("Why", self._explanation),
            self._access.add_class("digit-access"),
        )

    def _buttons(self) -> widgets.Widget:
        buttons = []
        for name in ("Undo", "Redo", "Clear"):
            button = widgets.Button(description=name)
            action = getattr(self.pad, name.lower())
            button.on_click(lambda _, action=action: action())
            buttons.append(button)
        return widgets.HBox(buttons).add_class("digit-buttons")

    def _choices(self) -> widgets.Widget:
        pen = widgets.Dropdown(options=PENS, value=ink.PEN_WIDTH, description="Pen")
        pen.observe(lambda change: self.pad.choose_pen(change["new"]), "value")
        names = [(EXAMPLES, ""), *((f"a {name}", name) for name in ink.STYLES)]
        example = widgets.Dropdown(options=names, value="", description="Load")

        def load(change: dict[str, str]) -> None:
            if change["new"]:
                self.pad.put(ink.write(change["new"], np.random.default_rng()))
                example.value = ""  # so that the same one can be chosen again

        example.observe(load, "value")
        return widgets.HBox([pen, example]).add_class("digit-choices")

    def _files(self) -> widgets.Widget:
        upload = Upload(
            description=f"Open a picture or a drawing (up to {MEGABYTES} MB)",
            accept=f"{ACCEPT},.json",
            largest=limits.FILE_BYTES,
        )
        upload.on_file(self.open_file)
        return widgets.VBox([upload, self._downloads]).add_class("digit-files")

    def _on_change(self) -> None:
        """Schedule a reading of the pad, one for all events until then."""
        if self._reader is None or self._reader.done():
            self._changed = asyncio.Event()
            self._reader = asyncio.get_running_loop().create_task(self._read())
        self._changed.set()

    async def _read(self) -> None:
        """Read until nothing changes any more.

        Here is the dashboard's wall: whatever one picture raises becomes the error of
        this picture, and the answer to the one before is not shown beside it.
        """
        while self._changed.is_set():
            self._changed.clear()
            try:
                await self._show_all()
            except Exception:
                log.exception("A picture could not be read")
                self._fail()

    async def _show_all(self) -> None:
        """Show the answer at once, and the rest as soon as nothing new is drawn."""
        drawing = None if self.pad.is_empty else self.pad.draw()
        self.reading = self._model.read(drawing) if drawing else NOTHING
        self._show_reading()
        await asyncio.sleep(PAUSE)
        if self._changed.is_set():
            return
        self._show_steps(drawing)
        if not await self._changes_within(IDLE):
            self._show_explanation()

    def _fail(self) -> None:
        """Show that what is on the pad cannot be read, and nothing else about it."""
        self.reading = Reading((), NO_ANSWER)
        self._show_reading()
        self._show_steps(None)
        self._explanation.value = panel.figures_html({})
        self._downloads.value = ""
        self._say(FAILED)
        self._access.status = FAILED

    async def _changes_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._changed.wait(), seconds)
        except TimeoutError:
            return False
        return True

    def _show_reading(self) -> None:
        digits = self.reading.digits
        self._answer.value = panel.answer_html(self.reading)
        self._bars.value = panel.digits_html(self.reading)
        needs_boxes = len(digits) > 1 or self.pad.picture
        marked = digits if needs_boxes else ()
        self.pad.mark(
            [digit.box for digit in marked if digit.accepted],
            [digit.box for digit in marked if not digit.accepted],
        )
        left_out = self.reading.message if digits else ""  # else it is the answer
        notes = [left_out, self._note if self.pad.picture else ""]
        self._message.value = "".join(panel.note_html(each) for each in notes if each)

    def _show_steps(self, drawing: Image.Image | None) -> None:
        """Show how preprocessing turned the last digit into what the network saw."""
        digits = self.reading.digits
        self._steps = steps.walk(drawing, digits[-1]) if drawing and digits else None
        self._step_figures.value = panel.steps_html(self._steps)
        self._show_answers()

    def _show_answers(self) -> None:
        """Show each network's answer to that digit, with the chosen steps left out."""
        answers: dict[str, Digit] = {}
        if self._steps:
            wanted = {name: switch.value for name, switch in self._switches.items()}
            glyph = steps.leave_out(self._steps, **wanted)
            for name in SHIPPED:
                answers[name] = self._network(name).read_glyph(glyph)
        self._answers.value = panel.networks_html(answers)

    def _show_explanation(self) -> None:
        """Explain the answer, announce it to screen readers, and offer downloads."""
        digits = self.reading.digits
        self._explanation.value = panel.figures_html(
            explain.explain(self._model, digits[-1]) if digits else {}
        )
        self._access.status = panel.sentence(self.reading)
        self._downloads.value = self._links()

    def _links(self) -> str:
        """Return links that save what is on the pad; each contains its file."""
        pad, links = self.pad, []
        if pad.strokes:
            saved = ink.to_json(pad.strokes, pad.pen_width).encode()
            links.append(("drawing.json", "application/json", saved, "Save drawing"))
        if not pad.is_empty:
            png = picture.encode(pad.draw())
            links.append(("drawing.png", "image/png", png, "Save PNG"))
        return "".join(panel.download_html(*link) for link in links)

    def _network(self, name: str) -> Model:
        if name not in self._networks:
            same = name == self._model.name
            self._networks[name] = self._model if same else load_model(name)
        return self._networks[name]

    def _say(self, message: str) -> None:
        self._message.value = panel.error_html(message)


def dashboard(network: str | Path | None = None) -> widgets.Widget:
    """Create a dashboard for a notebook to show.

    Args:
        network: the name or path of a saved network, as `load_model` takes it; None
            uses the environment variable DIGITLIB_MODEL, or else "cnn".

    Returns:
        The widget; if the network cannot be loaded, a widget that says what to do.
    """
    try:
        name = network or os.environ.get("DIGITLIB_MODEL", "cnn")
        return Dashboard(load_model(name)).widget
    except ModelError as error:
        message = widgets.HTML(panel.error_html(str(error)))
        return _page(message.add_class("digit-panel").add_class("digit-alone"))


def _html(n: int) -> list[widgets.HTML]:
    return [widgets.HTML() for _ in range(n)]


def _card(title: str, *parts: widgets.Widget) -> widgets.Widget:
    heading = widgets.HTML(f"<h2>{title}</h2>")
    return widgets.VBox([heading, *parts]).add_class("digit-card")


def _page(*parts: widgets.Widget) -> widgets.Widget:
    style = Path(__file__).with_name("dashboard.css").read_text(encoding="utf-8")
    sheet = widgets.HTML(f"<style>{style}</style>").add_class("digit-style")
    return widgets.Box([sheet, *parts]).add_class("digit-dashboard")
