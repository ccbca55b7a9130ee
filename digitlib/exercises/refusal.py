"""What a threshold refuses, and which thresholds are tried to find the best."""

import numpy as np

from digitlib.evaluation.metrics import coverage_and_risk

THRESHOLDS = np.arange(0, 1, 0.005)
SLACK = 0.002  # of the digits: what may be refused beyond the least


def refuse(
    labels: np.ndarray, probabilities: np.ndarray, threshold: float
) -> tuple[float, float]:
    """Return the shares refused of all, and wrong of those answered."""
    coverage, risk = coverage_and_risk(labels, probabilities, threshold)
    return 1 - coverage, risk
