"""Write the figures of the report to files that show on a page of any background."""

from pathlib import Path

from matplotlib.figure import Figure

from digitlib.evaluation import metrics
from digitlib.evaluation.report import DISPUTED, Metrics, Predictions
from digitlib.plots.pictures import show_pictures
from digitlib.plots.scores import show_confusion, show_ranking, show_reliability
from digitlib.reading import show_confidence

DOTS_PER_INCH = 110
MISTAKES = 20  # the largest number of mistakes shown


def write(
    measured: Metrics, network: str, predictions: Predictions, folder: Path
) -> list[Path]:
    """Write a network's figures to a folder.

    Args:
        measured: the figures of the report.
        network: the name of the network, with which each file's name begins.
        predictions: its predictions for the test digits.
        folder: where the files go; created if missing.

    Returns:
        The paths of the PNG files, which have a white background.
    """
    labels, probabilities = predictions.labels, predictions.probabilities
    figures = {
        "confusion": show_confusion(
            metrics.confusion(labels, probabilities),
            f"{network}: what was read for each true digit of the test set",
        ),
        "reliability": show_reliability(
            *metrics.reliability(labels, probabilities),
            f"{network}: how often it is right when it is this sure\n"
            f"(numbers: test digits; ECE {measured['calibration_error']:.2%})",
        ),
        "robustness": show_ranking(
            measured["robustness"],
            f"{network}: test digits under fifteen corruptions"
            f" (mean {measured['robustness_mean']:.1%})",
            "accuracy",
        ),
        "mistakes": show_mistakes(network, predictions),
    }
    folder.mkdir(exist_ok=True)
    return [
        _save(fig, folder / f"{network}_{name}.png") for name, fig in figures.items()
    ]


def show_mistakes(network: str, predictions: Predictions) -> Figure:
    """Show a network's most confident mistakes, with disputed labels marked."""
    labels, probabilities = predictions.labels, predictions.probabilities
    worst = metrics.worst_mistakes(labels, probabilities, MISTAKES)
    titles = [
        f"{labels[i]} → {probabilities[i].argmax()}"
        f" ({show_confidence(probabilities[i].max())})" + "*" * (i in DISPUTED)
        for i in worst
    ]
    title = (
        f"{network}: the surest of its {(~predictions.right).sum()} mistakes\n"
        "label → read (confidence); * judges dispute the label"
    )
    return show_pictures(predictions.images[worst], titles, title, columns=5)


def _save(fig: Figure, path: Path) -> Path:
    fig.savefig(path, dpi=DOTS_PER_INCH)
    return path
