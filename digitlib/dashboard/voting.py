"""Buttons to vote on what doubtful digits are, and the tally of a whole class.

Lesson 1 votes with it: one person alone, or a teacher who counts hands.
"""

import ipywidgets as widgets
import numpy as np
from PIL import Image

from digitlib.reading.picture import encode
from digitlib.reading.predict import CLASSES

SIDE = 168  # pixels of the page: the picture that is voted on


class Ballot:
    """A picture, ten buttons, and how often each was pressed.

    Attributes:
        tally: (n, 10) int, the votes that each digit got for each picture.
        widget: the widget for a notebook to show.
    """

    def __init__(self, pictures: np.ndarray):
        """Begin with no votes.

        Args:
            pictures: (n, height, width) uint8, ink 255.
        """
        self.tally = np.zeros((len(pictures), CLASSES), int)
        self._pictures = pictures
        self._past: list[tuple[int, int]] = []
        self._choice = widgets.IntSlider(
            1, 1, len(pictures), description="picture", continuous_update=False
        )
        self._image = widgets.Image(width=SIDE, height=SIDE)
        self._image.layout.object_fit = "contain"
        self._buttons = [
            widgets.Button(description=str(digit), layout={"width": "4em"})
            for digit in range(CLASSES)
        ]
        self._undo_button = widgets.Button(description="Take back")
        self._counts = widgets.HTML()
        for digit, button in enumerate(self._buttons):
            button.on_click(lambda _, digit=digit: self.vote(digit))
        self._undo_button.on_click(lambda _: self.undo())
        self._choice.observe(lambda _: self._show(), "value")
        right = widgets.VBox(
            [
                self._choice,
                widgets.HBox(self._buttons[:5]),
                widgets.HBox(self._buttons[5:]),
                self._undo_button,
                self._counts,
            ]
        )
        self.widget = widgets.HBox([self._image, right])
        self._show()

    @property
    def winners(self) -> list[int | None]:
        """The digit with the most votes for each picture; None where two are equal."""
        most = self.tally.max(axis=1, keepdims=True)
        return [
            int(votes.argmax()) if (votes == top).sum() == 1 else None
            for votes, top in zip(self.tally, most, strict=True)
        ]

    def vote(self, digit: int) -> None:
        """Count a vote for the picture that is shown."""
        place = self._choice.value - 1
        self.tally[place, digit] += 1
        self._past.append((place, digit))
        self._show()

    def undo(self) -> None:
        """Take back the last vote."""
        if self._past:
            self.tally[self._past.pop()] -= 1
            self._show()

    def _show(self) -> None:
        place = self._choice.value - 1
        picture = Image.fromarray(self._pictures[place])
        picture = picture.resize((SIDE, SIDE), Image.Resampling.NEAREST)
        self._image.value = encode(picture, "PNG")
        votes = self.tally[place]
        rows = [
            f"<b>{digit}</b>: {'&#9632;' * int(votes[digit])} {votes[digit]}"
            for digit in np.flatnonzero(votes)
        ]
        done = int((self.tally.sum(axis=1) > 0).sum())
        heading = f"{done} of {len(self.tally)} pictures have votes"
        self._counts.value = "<br>".join([heading, *rows])
