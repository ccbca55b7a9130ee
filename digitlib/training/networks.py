"""Build the networks for glyphs, each better than the last, and one for lines.

The first four take glyphs, (n, 28, 28, 1) float32 in [0, 1], and return ten
probabilities, (n, 10); `cnn` returns an eleventh, that the glyph is not a digit. The
line network takes strips. Augmentation is not part of a network, so the saved network
is exactly the one that reads.
"""

import itertools
from typing import Any

from digitlib.reading import ctc, forms, strips
from digitlib.reading.predict import CLASSES
from digitlib.training.backend import keras

layers = keras.layers

INPUT_SHAPE = (28, 28, 1)
LINE_FILTERS = 176  # of the line network's last convolutions
PAGE_FILTERS = 24, 32, 40, 48, 48  # at a fourth of the resolution, an eighth ...


def build_mlp() -> keras.Model:
    """Build two hidden layers of 16: small enough to draw, with 13,002 parameters."""
    return keras.Sequential(
        [
            keras.Input(INPUT_SHAPE),
            layers.Flatten(),  # (n, 784)
            layers.Dense(16, activation="relu"),
            layers.Dense(16, activation="relu"),
            layers.Dense(CLASSES, activation="softmax", dtype="float32"),
        ],
        name="mlp",
    )


def build_tiny() -> keras.Model:
    """Build four small convolutions, with fewer parameters than `mlp`: 9,538.

    A convolution uses each of its weights at every place, so few go a long way.
    """
    return keras.Sequential(
        [
            keras.Input(INPUT_SHAPE),
            *_convolution(8, 5),
            layers.MaxPooling2D(),  # (n, 14, 14, 8)
            *_convolution(16),
            *_convolution(16),
            layers.MaxPooling2D(),  # (n, 7, 7, 16)
            *_convolution(24),
            layers.MaxPooling2D(),  # (n, 3, 3, 24)
            layers.Flatten(),  # (n, 216)
            layers.Dense(CLASSES, activation="softmax", dtype="float32"),
        ],
        name="tiny",
    )


def build_lenet() -> keras.Model:
    """Build two convolutions with pooling, which show why neighbouring pixels help.

    After Y. LeCun et al., "Gradient-based learning applied to document recognition"
    (1998), with max-pooling, ReLU and dropout in place of their 1998 counterparts.
    """
    return keras.Sequential(
        [
            keras.Input(INPUT_SHAPE),
            layers.Conv2D(16, 5, activation="relu"),  # (n, 24, 24, 16)
            layers.MaxPooling2D(),  # (n, 12, 12, 16)
            layers.Conv2D(32, 5, activation="relu"),  # (n, 8, 8, 32)
            layers.MaxPooling2D(),  # (n, 4, 4, 32)
            layers.Flatten(),  # (n, 512)
            layers.Dropout(0.25),
            layers.Dense(64, activation="relu"),
            layers.Dense(CLASSES, activation="softmax", dtype="float32"),
        ],
        name="lenet",
    )


def build_cnn() -> keras.Model:
    """Build three convolution stages with batch normalisation: the default network.

    The first stage has only one convolution, a wide one: at 28x28 a second one would
    take three times the training time of all the rest. Little dropout is needed,
    because augmentation never shows a digit twice alike.
    """
    return keras.Sequential(
        [
            keras.Input(INPUT_SHAPE),
            *_convolution(32, 5),
            layers.MaxPooling2D(),  # (n, 14, 14, 32)
            *_convolution(64),
            *_convolution(64),
            layers.MaxPooling2D(),  # (n, 7, 7, 64)
            *_convolution(128),
            *_convolution(128),
            layers.MaxPooling2D(),  # (n, 3, 3, 128)
            layers.Flatten(),  # (n, 1152)
            layers.Dropout(0.2),
            layers.Dense(128, use_bias=False),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Dropout(0.2),
            # The last one is NOT_A_DIGIT.
            layers.Dense(CLASSES + 1, activation="softmax", dtype="float32"),
        ],
        name="cnn",
    )


def build_line() -> keras.Model:
    """Build the network that reads a whole line, of any width, from left to right.

    It takes strips, (n, 40, width, 1) float32 in [0, 1], and returns logits, (n, width
    / 4, 22), for each four columns of pixels: blank, and the signs of `ctc.ALPHABET`.
    All is convolution. The last ones look along the line only, each farther than the
    one before and added to what it looked at, so that a sign is read with its
    neighbours: 157 pixels in all.
    """
    strip = keras.Input((strips.HEIGHT, None, 1))
    x = _layers(strip, _convolution(32, 5, 2))  # (n, 20, width / 2, 32)
    x = _layers(x, _convolution(48))
    x = _residual(x, _convolution(48), _convolution(48))
    x = _layers(x, _convolution(80, 3, 2))  # (n, 10, width / 4, 80)
    x = _residual(x, _convolution(80), _convolution(80))
    x = _residual(x, _convolution(80), _convolution(80))
    x = _layers(x, _convolution(128, 3, (2, 1)))  # (n, 5, width / 4, 128)
    x = _residual(x, _convolution(128), _convolution(128))
    x = _layers(x, _convolution(LINE_FILTERS, (5, 1), padding="valid"))
    for dilation in (1, 2, 3, 1, 2, 1):  # each (n, 1, width / 4, 176)
        along = _convolution(LINE_FILTERS, (1, 5), dilation=(1, dilation))
        x = _residual(x, along, [layers.Dropout(0.1)])
    x = layers.Conv2D(ctc.CLASSES, 1, dtype="float32")(x)
    logits = layers.Reshape((-1, ctc.CLASSES), dtype="float32")(x)
    return keras.Model(strip, logits, name="line")


def build_page() -> keras.Model:
    """Build the network that tells writing from ruling on a page of any size.

    It takes pages, (n, height, width, 1) float32 in [0, 1], whose sides are multiples
    of `page_cleaner.STEP`, and returns (n, height, width, 2) logits: ruling, and other,
    against writing. Every 4 x 4 pixels are one place with many channels, so that
    looking far costs little: 64 times fewer places know what is on all the page.

    Source of the shape: O. Ronneberger et al., "U-Net: convolutional networks for
    biomedical image segmentation" (MICCAI 2015); of its blocks: A. Howard et al.,
    "MobileNets: efficient convolutional neural networks" (2017).
    """
    page = keras.Input((None, None, 1))
    x = _layers(page, _convolution(PAGE_FILTERS[0], 4, 4))
    finer = [_residual(x, _separable(PAGE_FILTERS[0]))]
    for filters, side, blocks in zip(
        PAGE_FILTERS[1:], (3, 3, 5, 5), (1, 1, 2, 2), strict=True
    ):  # (n, height / 8, width / 8, 32) and so on, to a sixty-fourth
        x = _layers(finer[-1], _separable(filters, 3, 2))
        for _ in range(blocks):
            x = _residual(x, _separable(filters, side))
        finer.append(x)
    for fine in reversed(finer[:-1]):
        x = _layers(x, _convolution(fine.shape[-1], 1))
        x = layers.Add()([fine, layers.UpSampling2D(2)(x)])
        x = _residual(x, _separable(fine.shape[-1]))
    logits = layers.Conv2DTranspose(2, 4, 4, dtype="float32")(x)
    return keras.Model(page, logits, name="page")


def build_form() -> keras.Model:
    """Build the network that tells the lines of a form from ones.

    It takes what is around a sign, (n, 80, 80, 2) float32, as `forms.look_around` makes
    it, and returns (n, 1) logits, which are higher for print.
    """
    seen = keras.Input((forms.SIDE, forms.SIDE, 2))
    x = _layers(seen, _convolution(16, 5, 2))  # (n, 40, 40, 16)
    for filters, blocks in ((32, 1), (48, 2), (64, 1)):  # to (n, 5, 5, 64)
        x = _layers(x, _separable(filters, 3, 2))
        for _ in range(blocks):
            x = _residual(x, _separable(filters))
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(0.2)(x)
    return keras.Model(seen, layers.Dense(1, dtype="float32")(x), name="form")


def _separable(filters: int, side: int = 3, strides: int = 1) -> list[keras.Layer]:
    return [
        layers.DepthwiseConv2D(side, strides, "same", use_bias=False),
        layers.BatchNormalization(),
        *_convolution(filters, 1),
    ]


def _layers(x: Any, *blocks: list[keras.Layer]) -> Any:
    """Apply the layers of blocks one after the other."""
    for layer in itertools.chain(*blocks):
        x = layer(x)
    return x


def _residual(x: Any, *blocks: list[keras.Layer]) -> Any:
    """Add what blocks make of their input to it.

    Source: K. He et al., "Deep residual learning for image recognition" (CVPR 2016).
    """
    return layers.Add()([x, _layers(x, *blocks)])


def _convolution(
    filters: int,
    side: int | tuple[int, int] = 3,
    strides: int | tuple[int, int] = 1,
    padding: str = "same",
    dilation: int | tuple[int, int] = 1,
) -> list[keras.Layer]:
    return [
        layers.Conv2D(
            filters, side, strides, padding, dilation_rate=dilation, use_bias=False
        ),
        layers.BatchNormalization(),
        layers.Activation("relu"),
    ]


NETWORKS = {
    "mlp": build_mlp,
    "tiny": build_tiny,
    "lenet": build_lenet,
    "cnn": build_cnn,
}
