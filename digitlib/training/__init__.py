"""Train networks on labelled images and save them; everything but `data` needs Keras.

    data -> recipe: networks, augmentation, degradation, negatives -> calibration
         -> export -> models/ (a .keras and an equal .tflite, listed in the manifest)

`finetune` continues training a saved network with the digits of a few writers, and
`backend` imports Keras. The public names are those in `__all__`; each is loaded when it
is first used.
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
        "networks": ["build_cnn", "build_lenet", "build_mlp"],
        "recipe": [
            "BATCH_SIZE",
            "RECIPES",
            "cosine_schedule",
            "probabilities",
            "train",
            "train_and_save",
        ],
    },
)
