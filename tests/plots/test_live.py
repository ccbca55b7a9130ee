"""The live curves show the values of batches, recovered from Keras's running means."""

import pytest

from digitlib.plots import live


class Handle:
    """A fake of the place in a notebook where the figure is replaced."""

    def __init__(self, figure):
        self.figures = [figure]

    def update(self, figure):
        """Record the figure that would be shown."""
        self.figures.append(figure)


@pytest.fixture
def curves(monkeypatch):
    """Curves of two epochs of four batches whose losses are 8, 6, 4, 2 each time."""
    monkeypatch.setattr(live, "display", lambda figure, display_id: Handle(figure))
    curves = live.LiveCurves("Test")
    curves.set_params({"epochs": 2, "steps": 4})
    curves.on_train_begin()
    for epoch in range(2):
        curves.on_epoch_begin(epoch)
        for batch, mean in enumerate([8, 7, 6, 5]):  # of the losses so far
            curves.on_train_batch_end(batch, {"loss": mean, "accuracy": 1 / mean})
        curves.on_epoch_end(epoch, {"val_loss": 1 - epoch, "val_accuracy": 0.5})
    return curves


def test_points_are_the_losses_of_the_batches(curves):
    assert curves.training["loss"] == pytest.approx([8, 6, 4, 2] * 2)
    assert curves.training["epoch"] == [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2]


def test_validation_has_a_point_for_each_epoch(curves):
    assert curves.validation == {
        "epoch": [1, 2], "loss": [1, 0], "accuracy": [0.5, 0.5]
    }  # fmt: skip


def test_figure_is_replaced_after_each_epoch_and_shows_progress(curves):
    titles = [figure.get_suptitle() for figure in curves.display.figures]
    assert [title.split(",")[0] for title in titles] == [
        "Test: epoch 1 of 2",
        "Test: epoch 2 of 2",
        "Test: epoch 2 of 2",
    ]
    assert ["left" in title for title in titles] == [False, True, False]


def test_bar_grows_along_the_top(curves):
    """The grey line is the whole training, the blue bar the part that is done."""
    ends = [
        [line.get_xdata()[1] for line in figure.artists]
        for figure in curves.display.figures
    ]
    assert ends == [[1, 0], [1, 0.5], [1, 1]]
