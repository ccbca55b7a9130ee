"""Train networks on labelled images and save them; all but loading data needs Keras.

    data, people, splits -> handwriting, negatives -> mixture
        -> recipe: networks; batches: augmentation, degradation
        -> shipping: calibration, export -> models/ (a .keras and an equal .tflite,
           listed in the manifest)

    people -> hands, line_texts, line_signs, line_papers, line_scans -> lines
        -> line_training -> models/

The second part is for the line network. `people` loads writing with its writers:
`sources` finds or downloads them, and `archives` and `unipen` read them. `splits` sets
validation data aside by writers. `mixture` puts together what is learnt from, and
`recipe` trains a network on it. `finetune` continues training a saved network with the
digits of a few writers, and `backend` imports Keras. The public names are those in
`__all__`; each is loaded when it is first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "augmentation": ["augment"],
        "backend": ["keras"],
        "data": [
            "load_mnist",
            "load_mnist_or_sample",
            "load_sample",
            "split_validation",
        ],
        "export": ["save"],
        "finetune": ["fine_tune", "load_trained", "save_as"],
        "negatives": ["LETTERS"],
        "networks": ["build_cnn", "build_lenet", "build_mlp", "build_tiny"],
        "people": [
            "Pens",
            "Scans",
            "load_pens",
            "load_scripts",
            "load_swiss",
            "load_writers",
            "load_writers_or_unknown",
        ],
        "batches": ["BATCH_SIZE"],
        "mixture": ["Part"],
        "recipe": ["RECIPES", "cosine_schedule", "probabilities", "train"],
        "shipping": ["train_and_save"],
        "splits": ["split_by_writer", "split_mnist", "split_pens"],
    },
)
