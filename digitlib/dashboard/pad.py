"""The drawing pad: turns events of pointer, finger and keyboard into strokes.

    pointer events -> Pad.strokes -> ink.draw -> Model.read

The strokes are stored here, in Python; the page only reports events and shows pictures.
`widget` puts a pad on its page and reads what is drawn on it.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence

import ipywidgets as widgets
from ipycanvas import MultiCanvas, hold_canvas
from PIL import Image

from digitlib.dashboard import limits
from digitlib.reading import ink
from digitlib.reading.picture import encode
from digitlib.reading.segment import Box

SHARPNESS = 3  # canvas pixels per pixel of the pad: sharp on phones and projectors
INK = "#16191d"
MARK = "#1a5fd0"  # bounding boxes of the digits, and the keyboard's pen
DOUBT = "#b45309"  # bounding boxes of what may be no digit: the web app's orange
DASH = [4, 3]  # pixels: their lines and gaps
MARK_WIDTH = 1.5  # pixels
STEP, SMALL_STEP = 10, 2  # pixels per press of an arrow key; the small one with Shift
ARROWS = {
    "ArrowLeft": (-1, 0),
    "ArrowRight": (1, 0),
    "ArrowUp": (0, -1),
    "ArrowDown": (0, 1),
}

State = list[list[ink.Point]]  # strokes


class Pad:
    """A square that holds either strokes or a picture.

    Attributes:
        canvas: the widget.
        strokes: each a list of (x, y), in pixels of `ink.draw`'s picture.
        pen_width: the width of all strokes, in the same pixels.
        picture: a picture that is shown instead of strokes, or None.
    """

    def __init__(self, on_change: Callable[[], None]):
        self.strokes: list[list[ink.Point]] = []
        self.pen_width = ink.PEN_WIDTH
        self.picture: Image.Image | None = None
        self._past: deque[State] = deque(maxlen=limits.UNDO_STATES)  # undo's states
        self._future: list[State] = []  # redo's
        self._pen_is_down = False
        self._keyboard_pen: ink.Point | None = None  # its position, once it was used
        self._boxes: list[Box] = []
        self._doubtful: list[Box] = []
        self._on_change = on_change
        side = ink.PAD_SIDE * SHARPNESS
        self.canvas = MultiCanvas(2, width=side, height=side)
        self._paper, self._marks = self.canvas[0], self.canvas[1]
        self._listen()

    @property
    def is_empty(self) -> bool:
        """Whether the pad has neither strokes nor a picture."""
        return not self.strokes and self.picture is None

    def draw(self) -> Image.Image:
        """Return what is on the pad as a picture to read."""
        return self.picture or ink.draw(self.strokes, pen_width=self.pen_width)

    def put(self, strokes: Iterable[ink.Stroke]) -> None:
        """Replace what is on the pad by other strokes; undo takes this back."""
        self._save_state()
        self._change_to([list(stroke) for stroke in strokes])

    def show(self, picture: Image.Image) -> None:
        """Replace what is on the pad by a picture."""
        self.put([])
        self.picture = picture
        self._changed()

    def clear(self) -> None:
        """Clear the pad; undo brings the strokes back."""
        if not self.is_empty:
            self.put([])

    def undo(self) -> None:
        """Undo the last stroke, or whatever else was done last."""
        if self._past:
            self._future.append(self.strokes)
            self._change_to(self._past.pop())

    def redo(self) -> None:
        """Redo what was undone last."""
        if self._future:
            self._past.append(self.strokes)
            self._change_to(self._future.pop())

    def choose_pen(self, width: float) -> None:
        """Change the width of the pen, also for the strokes on the pad."""
        self.pen_width = width
        self._changed()

    def mark(self, boxes: Sequence[Box], doubtful: Sequence[Box] = ()) -> None:
        """Draw bounding boxes, which are in pixels of `draw`'s picture.

        Args:
            boxes: of digits.
            doubtful: of what may be no digit; these are dashed.
        """
        changed = [*boxes], [*doubtful]
        if changed != (self._boxes, self._doubtful):
            self._boxes, self._doubtful = changed
            self._paint_marks()

    def repaint(self) -> None:
        """Paint everything again: a page that has just opened shows nothing yet."""
        paper = self._paper
        with hold_canvas():
            paper.clear()
            paper.stroke_style = INK
            paper.line_width = self.pen_width * SHARPNESS
            paper.line_cap = paper.line_join = "round"
            for stroke in self.strokes:
                self._paint(stroke)
            if self.picture:
                left, top, scale = self._place()
                size = [side * scale * SHARPNESS for side in self.picture.size]
                image = widgets.Image(value=encode(self.picture, "PNG"))
                paper.draw_image(image, left * SHARPNESS, top * SHARPNESS, *size)
        self._paint_marks()

    def _listen(self) -> None:
        canvas = self.canvas
        canvas.on_client_ready(self.repaint)
        canvas.on_mouse_down(self._pen_down)
        canvas.on_mouse_move(self._pen_move)
        canvas.on_mouse_up(self._pen_up)
        canvas.on_mouse_out(self._pen_up)  # a release outside is never reported
        canvas.on_touch_start(self._touch_start)
        canvas.on_touch_move(lambda touches: self._pen_move(*touches[0]))
        canvas.on_touch_end(self._pen_up)
        canvas.on_touch_cancel(self._pen_up)
        canvas.on_key_down(self._key_down)

    def _touch_start(self, touches: list[ink.Point]) -> None:
        if len(touches) == 1:  # a second finger or a palm does not draw
            self._pen_down(*touches[0])

    def _pen_down(self, x: float, y: float) -> None:
        if self._keyboard_pen:
            self._keyboard_pen = None
            self._paint_marks()
        self._begin()
        self._add(x / SHARPNESS, y / SHARPNESS)

    def _pen_move(self, x: float, y: float) -> None:
        if self._pen_is_down and not self._keyboard_pen:
            self._add(x / SHARPNESS, y / SHARPNESS)

    def _pen_up(self, *_: object) -> None:
        if not self._keyboard_pen:  # a passing mouse does not lift it
            self._pen_is_down = False

    def _key_down(self, key: str, shift: bool, control: bool, meta: bool) -> None:
        """Handle a key: arrows move the pen, Space and Enter lower and lift it."""
        if key in ARROWS:
            self._move_keyboard_pen(*ARROWS[key], SMALL_STEP if shift else STEP)
        elif key in (" ", "Enter"):
            self._move_keyboard_pen(0, 0, 0)
            self._pen_is_down = not self._pen_is_down
            if self._pen_is_down and self._keyboard_pen:
                self._begin()
                self._add(*self._keyboard_pen)
            self._paint_marks()
        elif key in ("z", "Z") and (control or meta):
            self.redo() if shift else self.undo()
        elif key in ("Backspace", "Delete"):
            self.undo() if key == "Backspace" else self.clear()

    def _move_keyboard_pen(self, right: int, down: int, step: float) -> None:
        if self._keyboard_pen is None:
            self._keyboard_pen = ink.PAD_SIDE / 2, ink.PAD_SIDE / 4
            self._pen_is_down = False
        moved = zip(self._keyboard_pen, (right, down), strict=True)
        x, y = (min(max(at + by * step, 0), ink.PAD_SIDE) for at, by in moved)
        self._keyboard_pen = x, y
        if self._pen_is_down and step:
            self._add(x, y)
        self._paint_marks()

    def _begin(self) -> None:
        """Lower the pen to start a stroke, which replaces a picture on the pad."""
        if self._is_full:
            return
        self._save_state()
        if self.picture:
            self.picture, self._boxes = None, []
            self.repaint()
        self._pen_is_down = True
        self.strokes = [*self.strokes, []]

    @property
    def _is_full(self) -> bool:
        """Whether a saved drawing could not have more points."""
        return sum(map(len, self.strokes)) >= ink.MAX_POINTS

    def _add(self, x: float, y: float) -> None:
        if self._is_full:
            return
        stroke = self.strokes[-1]
        stroke.append((x, y))
        self._paint(stroke[-2:])
        self._on_change()

    def _paint(self, stroke: list[ink.Point]) -> None:
        points = [(x * SHARPNESS, y * SHARPNESS) for x, y in stroke]
        self._paper.stroke_lines([*points, points[-1]])  # a dot is a line, too

    def _paint_marks(self) -> None:
        marks = self._marks
        with hold_canvas():
            marks.clear()
            marks.line_width = MARK_WIDTH * SHARPNESS
            if self._doubtful:
                marks.set_line_dash([length * SHARPNESS for length in DASH])
                self._paint_boxes(self._doubtful, DOUBT)
                marks.set_line_dash([])
            self._paint_boxes(self._boxes, MARK)
            if self._keyboard_pen:
                x, y = (number * SHARPNESS for number in self._keyboard_pen)
                radius = max(self.pen_width / 2, 4) * SHARPNESS
                circle = marks.fill_circle if self._pen_is_down else marks.stroke_circle
                circle(x, y, radius)

    def _paint_boxes(self, boxes: list[Box], colour: str) -> None:
        marks = self._marks
        marks.stroke_style = marks.fill_style = colour
        left, top, scale = self._place()
        for x0, y0, x1, y1 in boxes:
            size = (x1 - x0) * scale, (y1 - y0) * scale
            box = left + x0 * scale, top + y0 * scale, *size
            marks.stroke_rect(*(number * SHARPNESS for number in box))

    def _place(self) -> tuple[float, float, float]:
        """Return where the picture is on the pad: its left, its top, its scale."""
        if self.picture is None:
            return 0, 0, 1
        width, height = self.picture.size
        scale = ink.PAD_SIDE / max(width, height)
        return (
            (ink.PAD_SIDE - width * scale) / 2,
            (ink.PAD_SIDE - height * scale) / 2,
            scale,
        )

    def _save_state(self) -> None:
        """Save the strokes for undo, as far back as there is room.

        Finished strokes never change, and states share them.
        """
        self._past.append(self.strokes)
        self._future.clear()
        while _count_points(self._past) > limits.UNDO_POINTS:
            self._past.popleft()

    def _change_to(self, strokes: list[list[ink.Point]]) -> None:
        self.strokes = strokes
        self.picture = None
        self._changed()

    def _changed(self) -> None:
        self._pen_is_down = False
        self._boxes, self._doubtful = [], []
        self.repaint()
        self._on_change()


def _count_points(states: Iterable[State]) -> int:
    """Return how many points there are in the strokes of all states together."""
    strokes = {id(stroke): stroke for state in states for stroke in state}
    return sum(map(len, strokes.values()))
