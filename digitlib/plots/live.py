"""Draw learning curves in a notebook while a network trains.

Lesson 03 uses them in place of the progress bar of `recipe.train`.
"""

import time

from IPython.display import DisplayHandle, display
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from digitlib.plots.pictures import show_curves
from digitlib.plots.style import BLUE, GREY
from digitlib.training.backend import keras

POINTS = 10  # points of the training curve in each epoch
REDRAW_AFTER = 1.0  # seconds: drawing more often would slow down the training


class LiveCurves(keras.callbacks.Callback):
    """Draws loss, accuracy, progress and the time left while a network trains."""

    def __init__(self, title: str):
        super().__init__()
        self.title = title
        self.training: dict[str, list[float]]
        self.validation: dict[str, list[float]]

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Show empty axes, which are replaced as the training proceeds."""
        self.training = {"epoch": [], "loss": [], "accuracy": []}
        self.validation = {"epoch": [], "loss": [], "accuracy": []}
        self.epoch = 0
        self.started = self.drawn = time.perf_counter()
        self.display: DisplayHandle = display(self._figure(0), display_id=True)

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Remember which epoch it is."""
        self.epoch = epoch
        self.before = {"batch": 0, "loss": 0.0, "accuracy": 0.0}

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Add a point at regular steps: the mean of the batches since the last one."""
        batches = batch + 1
        since = batches - self.before["batch"]
        if not logs or since < max(1, self.params["steps"] // POINTS):
            return
        done = self.epoch + batches / self.params["steps"]
        self.training["epoch"].append(done)
        for key in ("loss", "accuracy"):  # Keras gives the mean since the epoch began
            total = batches * logs[key] - self.before["batch"] * self.before[key]
            self.training[key].append(total / since)
        self.before = {"batch": batches, **logs}
        if time.perf_counter() - self.drawn > REDRAW_AFTER:
            self._redraw(done)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Add a point for the validation digits."""
        self.validation["epoch"].append(epoch + 1)
        for key in ("loss", "accuracy"):
            self.validation[key].append((logs or {})[f"val_{key}"])
        self._redraw(epoch + 1)

    def _redraw(self, done: float) -> None:
        self.drawn = time.perf_counter()
        self.display.update(self._figure(done))

    def _figure(self, done: float) -> Figure:
        epochs = self.params["epochs"]
        seconds = time.perf_counter() - self.started
        state = f"{seconds:.0f} s"
        if 0 < done < epochs:
            state += f", about {seconds / done * (epochs - done):.0f} s left"
        title = f"{self.title}: epoch {min(int(done) + 1, epochs)} of {epochs}, {state}"
        fig = show_curves(self.training, self.validation, title)
        _draw_progress(fig, done / epochs)
        return fig


def _draw_progress(fig: Figure, share: float) -> None:
    """Draw a bar along the figure's top, blue for the share that is done."""
    for length, width, colour in ((1.0, 1, GREY), (share, 6, BLUE)):
        bar = Line2D([0, length], [1.02, 1.02], linewidth=width, color=colour)
        bar.set(transform=fig.transFigure, solid_capstyle="butt")
        fig.add_artist(bar)
