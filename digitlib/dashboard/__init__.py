"""The drawing dashboard as a Jupyter widget, and the server of its page.

    pad -> reading.Model -> panel -> widget     page <- server (voila) <- kernel

`access` and `upload` provide what ipywidgets lack. `writing` is the pad of lesson 7,
which asks for digits and saves them, and `voting` is the ballot of lesson 1. `visitors`
counts open pages. The public names are those in `__all__`; each is loaded on first use,
because a server needs no widgets.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "voting": ["Ballot"],
        "widget": ["Dashboard", "dashboard"],
        "writing": ["WritingPad"],
    },
)
