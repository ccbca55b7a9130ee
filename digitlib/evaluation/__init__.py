"""How good a saved network is, and why it answers as it does.

    labels, probabilities -> metrics -> report -> models/metrics.json
    corruptions, synthetic (pictures made by program), rejection -> report

`gradcam` looks inside a network, and is the only one here that needs Keras. Public is
what `__all__` names; each is loaded when it is first used.
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
