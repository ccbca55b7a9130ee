"""Handwritten digits, from a picture to a number, one module a step.

    data -> preprocess -> model, augment, train -> evaluate, explain, plots
    picture or pen strokes (ink) -> preprocess -> predict -> a Reading

Importing this package loads nothing heavy: import the module you need.
"""

__version__ = "0.1.0"
