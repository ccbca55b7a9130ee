"""The figures of the report, as files that a page can show on any background."""

from pathlib import Path

from matplotlib.figure import Figure

from digitlib import evaluate, plots
from digitlib.report import DISPUTED, Answers, Metrics

DOTS_PER_INCH = 110
MISTAKES = 20  # at most


def write(metrics: Metrics, network: str, answers: Answers, folder: Path) -> list[Path]:
    """Draw a network's figures into a folder.

    Args:
        metrics: what was measured.
        network: its name, with which each file's name begins.
        answers: what it said of the test digits.
        folder: made where it is missing.

    Returns:
        The files, PNG, on white.
    """
    labels, probabilities = answers.labels, answers.probabilities
    figures = {
        "confusion": plots.show_confusion(
            evaluate.confusion(labels, probabilities),
            f"{network}: what was read for each true digit of the test set",
        ),
        "reliability": plots.show_reliability(
            *evaluate.reliability(labels, probabilities),
            f"{network}: how often it is right when it is this sure\n"
            f"(numbers: test digits; ECE {metrics['calibration_error']:.2%})",
        ),
        "robustness": plots.show_ranking(
            metrics["robustness"],
            f"{network}: test digits spoilt in fifteen ways"
            f" (mean {metrics['robustness_mean']:.1%})",
            "accuracy",
        ),
        "mistakes": show_mistakes(network, answers),
    }
    folder.mkdir(exist_ok=True)
    return [
        _save(fig, folder / f"{network}_{name}.png") for name, fig in figures.items()
    ]


def show_mistakes(network: str, answers: Answers) -> Figure:
    """Show the mistakes that a network was surest of, the disputed labels marked."""
    labels, probabilities = answers.labels, answers.probabilities
    worst = evaluate.worst_mistakes(labels, probabilities, MISTAKES)
    titles = [
        f"{labels[i]} → {probabilities[i].argmax()} ({probabilities[i].max():.0%})"
        + "*" * (i in DISPUTED)
        for i in worst
    ]
    title = (
        f"{network}: the surest of its {(~answers.right).sum()} mistakes\n"
        "label → read (confidence); * judges dispute the label"
    )
    return plots.show_pictures(answers.images[worst], titles, title, columns=5)


def _save(fig: Figure, path: Path) -> Path:
    fig.savefig(path, dpi=DOTS_PER_INCH)
    return path
