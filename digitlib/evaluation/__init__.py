"""Measure how good a saved network is, and explain its predictions.

    labels, probabilities -> metrics -> report -> models/metrics.json
    corruptions, synthetic and scenes (generated pictures), rejection, people -> report

`gradcam` looks inside a network; nothing else here needs Keras. The public names are
those in `__all__`; each is loaded when it is first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["gradcam", "metrics"],
    submod_attrs={
        "corruptions": ["CORRUPTIONS"],
        "metrics": ["accuracy"],
        "report": ["DISPUTED", "measure_seeds"],
    },
)
