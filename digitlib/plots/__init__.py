"""Draw figures: functions take arrays and return a Matplotlib Figure.

`style` sets how all figures look. `pictures` has the figures of every lesson, and
`data`, `lines`, `network`, `scores`, `uncertainty` and `writers` have those of one
lesson or of the report.
`drawings` and `methods` draw ideas, `knobs` puts a slider below a figure, and
`describe` makes the text of a figure for those who cannot see it.
`live` draws a training while it runs and needs Keras; `figures` writes the report's
figures. The public names are those in `__all__`; each is loaded when it is first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "data": ["show_neighbours", "show_shares", "show_steps"],
        "drawings": [
            "show_convolution",
            "show_layers",
            "show_network",
            "show_neuron",
        ],
        "knobs": ["show_knob", "show_pad", "show_widget"],
        "lines": ["show_columns", "show_strips", "show_trellis"],
        "live": ["LiveCurves"],
        "methods": ["show_diagonal", "show_hat", "show_piles"],
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
        "uncertainty": [
            "show_bootstrap",
            "show_calibration",
            "show_pairs",
            "show_rates",
            "show_trade_off",
        ],
        "writers": ["show_change"],
    },
)
