"""Teach a network somebody's handwriting within a second, by nearest neighbours.

    own glyphs, labels -> features -> Hand     glyph -> features -> votes of the Hand

The network stays as it is. Beside its probabilities there are votes: of each digit that
the person wrote, the more the more alike the network finds the two, as its last stage
of features tells. Source: E. Fix and J. Hodges, "Discriminatory analysis" (1951), for
nearest neighbours; M. Oquab et al., "Learning and transferring mid-level image
representations using convolutional neural networks" (2014), for a network's features.
"""

from dataclasses import dataclass

import numpy as np

from digitlib.reading.predict import CLASSES, Model

# Chosen on Swiss writers and MNIST, so that MNIST's digits keep their answers.
WIDTH = 0.05  # of likeness, over which a vote falls to a third
CELLS = 2  # a side: the features are averaged over this many parts of the glyph


@dataclass(frozen=True)
class Hand:
    """The digits that somebody wrote, as the network sees them.

    Attributes:
        features: (n, f) float32 of length 1.
        labels: (n,) int.
    """

    features: np.ndarray
    labels: np.ndarray

    def vote(
        self, features: np.ndarray, probabilities: np.ndarray, but_own: bool = False
    ) -> np.ndarray:
        """Add the votes of these digits to probabilities.

        Args:
            features: (m, f) float32 of other glyphs.
            probabilities: (m, 10) or more; what is beyond the ten digits gets no vote.
            but_own: whether the glyphs are those of the hand, and none votes on itself.

        Returns:
            The same shape, each row with the same sum as before.
        """
        weights = np.exp((features @ self.features.T - 1) / WIDTH)  # (m, n)
        if but_own:
            np.fill_diagonal(weights, 0)
        votes = weights @ np.eye(probabilities.shape[1])[self.labels]
        total = probabilities.sum(axis=1, keepdims=True)
        both = (probabilities + votes) / (total + votes.sum(axis=1, keepdims=True))
        return (both * total).astype(np.float32)


def features_of(model: Model, glyphs: np.ndarray) -> np.ndarray:
    """Return what a network finds in glyphs, (n, f) float32 of length 1.

    Args:
        model: a network with feature maps, such as cnn.
        glyphs: (n, 28, 28, 1) float32 in [0, 1], ink 1.
    """
    found = np.array([_average(model.feature_maps(glyph)[-1]) for glyph in glyphs])
    length = np.linalg.norm(found, axis=1, keepdims=True)
    return (found / np.maximum(length, 1e-9)).astype(np.float32)


def _average(maps: np.ndarray) -> np.ndarray:
    """Average maps, (height, width, c), over each part of the glyph; (f,)."""
    rows = np.array_split(maps, CELLS)
    parts = [part for row in rows for part in np.array_split(row, CELLS, axis=1)]
    return np.concatenate([part.mean(axis=(0, 1)) for part in parts])


def learn(model: Model, glyphs: np.ndarray, labels: np.ndarray) -> Hand:
    """Take in the digits that somebody wrote.

    Args:
        model: a network with feature maps.
        glyphs: (n, 28, 28, 1) float32 in [0, 1], ink 1.
        labels: (n,) int, 0 to 9.

    Raises:
        ValueError: a label is no digit.
    """
    if not all(0 <= label < CLASSES for label in labels):
        raise ValueError("a label must be a digit")
    return Hand(features_of(model, glyphs), np.asarray(labels, int))


def teach(model: Model, hand: Hand) -> Model:
    """Return a model that also asks a hand, for whatever is read with it.

    Example:
        >>> hand = learn(model, glyphs, labels)
        >>> teach(model, hand).read("seven.png").text
        '7'
    """
    return model.revised(
        lambda glyphs, answers: hand.vote(features_of(model, glyphs), answers)
    )
