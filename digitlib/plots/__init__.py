"""Figures: arrays in, a Matplotlib Figure out; how they all look is in `style`.

`pictures` has what every lesson shows, `data`, `network`, `scores` and `writers` what
one lesson or the report shows; `live` draws a training as it runs (it needs Keras), and
`figures` writes the report's figures. Public is what `__all__` names; each is loaded
when it is first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "data": ["show_neighbours", "show_shares"],
        "live": ["LiveCurves"],
        "network": ["show_dots", "show_embedding", "show_history", "show_maps"],
        "pictures": [
            "show_bars",
            "show_boxes",
            "show_curves",
            "show_histogram",
            "show_lines",
            "show_numbers",
            "show_pictures",
            "show_reading",
        ],
        "scores": [
            "show_confusion",
            "show_intervals",
            "show_ranking",
            "show_reliability",
        ],
        "writers": ["show_change"],
    },
)
