"""The drawing dashboard, as a widget, and the server of its page.

    pad -> reading.Model -> panel -> widget     page <- server (voila) <- kernel

`access` and `upload` are what ipywidgets lack; `writing` is the pad of lesson 5, which
asks for digits and keeps them; `visitors` counts open pages. Public is what `__all__`
names; each is loaded when it is first used, as a server needs no widgets.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "widget": ["Dashboard", "dashboard"],
        "writing": ["WritingPad"],
    },
)
