"""Check the answers to the exercises of the lessons, without showing them there.

    a pupil's answer -> check -> "Right!", or "Not yet." and what to think about

`data` has the checks of lesson 1, `preparation` those of lesson 2, `training` those of
lesson 3, `how_good`, `why`, `lines` and `handwriting` those of lessons 4 to 7. Each
check prints one line. A pupil's function is tried on small inputs that the lesson does
not show. The public names are those in `__all__`; each is loaded when it is first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "data": ["check_alike", "check_ink", "check_vote_of_three"],
        "handwriting": ["check_few", "check_forgotten", "check_mix"],
        "how_good": [
            "check_difference",
            "check_interval",
            "check_needed",
            "check_threshold",
        ],
        "lines": ["check_card", "check_columns", "check_decode", "check_distance"],
        "preparation": ["check_drawing", "check_thinner", "check_turn"],
        "training": ["check_parameters", "check_pooling", "check_right_edges"],
        "why": ["check_cheapest", "check_drop", "check_lowest", "check_stranger"],
    },
)
