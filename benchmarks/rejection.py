"""Compare ways to tell a digit from whatever is none, on the shipped `cnn`.

`python -m benchmarks.rejection [--pictures FOLDER]` scores the validation digits of
MNIST, of the Swiss scans and of UNIPEN's pens, and writing that is no digit, all by
people who are not trained on. It prints a table and writes `models/rejection.json`.
FOLDER is that of `digitlib evaluate --pictures`: the images in its files
`not_digits_*.npz`, such as printed letters, are compared too. No test digit is used.

The first way is what reading does. The others use no test-time augmentation: the
network is given each glyph once, as it is. What that costs is seen by comparing the
first two.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.special import logsumexp, softmax
from sklearn.covariance import EmpiricalCovariance
from sklearn.metrics import roc_auc_score, roc_curve
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import normalize

from digitlib.evaluation import rejection
from digitlib.reading import load_model, manifest, to_glyphs
from digitlib.reading.predict import CLASSES, NOT_A_DIGIT
from digitlib.training import keras, mixture
from digitlib.training.calibration import fit_threshold

NETWORK = "cnn"
SEED = 0
FROM_MNIST = 20_000  # of its training digits, at random; of the other sets all
NEIGHBOURS = 50  # the distance to the last of so many counts
TRUE_POSITIVES = 0.95  # share of the digits that are accepted where FPR is taken
MEASURES = {
    "auroc": "AUROC, of all digits and",
    "fpr_at_95_tpr": "accepted where 95 % of the digits are (FPR at 95 % TPR)",
    "rejected": "rejected at the threshold that rejects few digits",
    "digits_rejected": "digits rejected at that threshold",
}

Scores = dict[str, np.ndarray]  # by way: (n,), the higher, the more like a digit
Figures = dict[str, dict[str, float]]  # by measure, and then by set


class Known(NamedTuple):
    """What the features of digits look like.

    Attributes:
        means: (10, f), of each digit.
        covariance: of the features about the mean of their digit.
        neighbours: the features themselves, scaled to a length of 1.
    """

    means: np.ndarray
    covariance: EmpiricalCovariance
    neighbours: NearestNeighbors


def main(pictures: Path | None) -> None:
    """Compare all ways, print the table, and write the figures."""
    model = load_model(NETWORK)
    path = manifest.MODELS / f"{NETWORK}.keras"
    network = keras.models.load_model(path, compile=False)
    images, labels = draw_training_digits()
    known = learn(look_inside(network, images)[0], labels)

    def score_all(sets: Mapping[str, np.ndarray]) -> dict[str, Scores]:
        scores = {}
        for name, images in sets.items():
            shipped = model.probabilities(to_glyphs(images)).max(axis=1)
            alone = score(*look_inside(network, images), known)
            scores[name] = {"maximum probability, as shipped": shipped} | alone
        return scores

    digits = {name: images for name, (images, _) in mixture.validation_digits().items()}
    others = mixture.validation_negatives()
    if pictures:
        given = rejection.load_not_digits(pictures)
        others |= {name: arrays["images"] for name, arrays in given.items()}
    figures = compare(score_all(digits), score_all(others))
    print_table(figures)
    sizes = {name: len(images) for name, images in (digits | others).items()}
    path = manifest.MODELS / "rejection.json"
    manifest.write_json(path, {NETWORK: {"images": sizes, "ways": figures}})
    print(f"written to {path}")


def draw_training_digits() -> tuple[np.ndarray, np.ndarray]:
    """Draw the digits to which features are compared, from those trained on.

    Returns:
        (n, 28, 28) uint8 images, ink 255, and (n,) labels.
    """
    sets = mixture.training_digits()
    images, labels = sets["mnist"]
    some = np.random.default_rng(SEED).permutation(len(labels))[:FROM_MNIST]
    sets["mnist"] = images[some], labels[some]
    all_images, all_labels = zip(*sets.values(), strict=True)
    return np.concatenate(all_images), np.concatenate(all_labels)


def look_inside(
    network: keras.Model, images: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return what a network's last layer is given, and what it makes of that.

    Args:
        network: a network that ends in a dense layer with softmax.
        images: (n, 28, 28) uint8, ink 255.

    Returns:
        (n, f) features and (n, 11) logits, of which softmax makes the probabilities.
    """
    last = network.layers[-1]
    inside = keras.Model(network.inputs, last.input)
    features = inside.predict(to_glyphs(images), batch_size=500, verbose=0)
    kernel, bias = last.get_weights()
    return features, features.astype(float) @ kernel + bias


def learn(features: np.ndarray, labels: np.ndarray) -> Known:
    """Learn what the features of digits look like, (n, f), from (n,) labels."""
    means = np.stack([features[labels == i].mean(axis=0) for i in range(CLASSES)])
    covariance = EmpiricalCovariance(assume_centered=True)
    neighbours = NearestNeighbors(n_neighbors=NEIGHBOURS)
    return Known(
        means,
        covariance.fit(features - means[labels]),
        neighbours.fit(normalize(features)),
    )


def score(features: np.ndarray, logits: np.ndarray, known: Known) -> Scores:
    """Score images in each of the ways.

    Args:
        features: (n, f) of a network with eleven outputs.
        logits: (n, 11).
        known: the features of digits.

    Returns:
        For each way (n,) scores, the higher, the more like a digit.

    Sources of the methods: D. Hendrycks and K. Gimpel (2017) for the maximum
    probability, W. Liu et al. (2020) for energy, K. Lee et al. (2018) for Mahalanobis's
    distance, with one covariance for all digits, and Y. Sun et al. (2022) for the
    nearest neighbours.
    """
    of_digits, probabilities = logits[:, :CLASSES], softmax(logits, axis=1)
    squared = [known.covariance.mahalanobis(features - mean) for mean in known.means]
    distances, _ = known.neighbours.kneighbors(normalize(features))
    return {
        "maximum probability": probabilities[:, :CLASSES].max(axis=1),
        "maximum probability among digits": softmax(of_digits, axis=1).max(axis=1),
        "eleventh output": -probabilities[:, NOT_A_DIGIT],
        "energy": logsumexp(of_digits, axis=1),
        "Mahalanobis's distance": -np.min(squared, axis=0),
        "nearest neighbours": -distances[:, -1],
    }


def compare(
    digits: Mapping[str, Scores], others: Mapping[str, Scores]
) -> dict[str, Figures]:
    """Compare the ways by how well their scores tell digits from anything else.

    Args:
        digits: the scores of digits by set, which are "mnist", "swiss" and "pens".
        others: those of images that are not digits.

    Returns:
        For each way the `MEASURES` of each set, shares from 0 to 1.
    """
    ways = next(iter(digits.values()))
    return {
        way: measure(
            {name: scores[way] for name, scores in digits.items()},
            {name: scores[way] for name, scores in others.items()},
        )
        for way in ways
    }


def measure(
    digits: Mapping[str, np.ndarray], others: Mapping[str, np.ndarray]
) -> Figures:
    """Measure one way from its scores, (n,), for each set of digits and of others."""
    threshold = fit_threshold(digits)
    of_digits = np.concatenate(list(digits.values()))
    figures: Figures = {name: {} for name in MEASURES}
    for name, scores in others.items():
        is_digit = np.repeat([True, False], [len(of_digits), len(scores)])
        together = np.concatenate([of_digits, scores])
        fpr, tpr, _ = roc_curve(is_digit, together, drop_intermediate=False)
        figures["auroc"][name] = roc_auc_score(is_digit, together)
        figures["fpr_at_95_tpr"][name] = fpr[np.argmax(tpr >= TRUE_POSITIVES)]
        figures["rejected"][name] = np.mean(scores < threshold)
    for name, scores in digits.items():
        figures["digits_rejected"][name] = np.mean(scores < threshold)
    return {
        measured: {name: round(float(figure), 5) for name, figure in each.items()}
        for measured, each in figures.items()
    }


def print_table(figures: dict[str, Figures]) -> None:
    """Print the figures in per cent: a table for each measure, a row for each way."""
    for measured, title in MEASURES.items():
        sets = next(iter(figures.values()))[measured]
        print(f"\n{title}\n{'':34}", *(f"{name:>14}" for name in sets))
        for way, each in figures.items():
            print(
                f"{way:34}", *(f"{100 * each[measured][name]:14.2f}" for name in sets)
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--pictures", type=Path, help="a folder with files not_digits_*.npz"
    )
    main(parser.parse_args().pictures)
