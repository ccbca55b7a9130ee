"""Prepares two networks for LiteRT.js, which cannot change the shape of an input.

line.tflite -> the same network for strips of WIDTH, giving COLUMNS -> line.tflite
page.tflite -> the same for pages of PAGE_WIDTH x PAGE_HEIGHT -> page.tflite

LiteRT.js compiles a network for the shapes in its file. The last step of the line
network, which only drops an axis, computes its shape while it runs; here that is
written down instead. The page then replaces these numbers by those of a strip or of a
page, and compiles. Nothing else is changed: the same steps run on the same weights.

The answers still differ a little. In the page, probabilities of single digits were at
most 0.00023 apart from those here, those of digits in numbers 0.0053: the line
network's activations are rounded to 8 bits, and the last bit of a sum, in which
processors differ, decides how some are rounded.
"""

from typing import Any

import numpy as np

from digitlib.errors import ModelError
from digitlib.reading.strips import HEIGHT

# Numbers of four bytes, none of them 0, that occur nowhere else: `fit` counts them.
WIDTH, COLUMNS = 0x74B0ED28, 0x1D2C3B4A
PAGE_WIDTH, PAGE_HEIGHT = 0x6AC1D740, 0x5BE2C680
IDENTIFIER = b"TFL3"  # of a .tflite file


def fit(content: bytes) -> bytes:
    """Return a line network with the shape `WIDTH` in place of an open one.

    Args:
        content: the `.tflite` file.

    Raises:
        ModelError: it is another kind of network, so that this module must change.
    """
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(content, 0)
    (graph,) = model.subgraphs
    (source,), (target,) = graph.inputs, graph.outputs
    _set_shape(graph.tensors[source], [1, HEIGHT, WIDTH, 1])
    shape = [1, COLUMNS, int(graph.tensors[target].shape[-1])]
    _set_shape(graph.tensors[target], shape)
    (last,) = (each for each in graph.operators if target in each.outputs)
    kind = model.operatorCodes[last.opcodeIndex].builtinCode
    if kind != schema.BuiltinOperator.RESHAPE:
        raise ModelError("The line network does not end as digitlib.web.network knows.")
    last.inputs = np.array([last.inputs[0], _add_constant(model, shape)], np.int32)
    last.builtinOptions, last.builtinOptionsType = None, schema.BuiltinOptions.NONE
    fitted = _pack(model)
    if (_count(fitted, WIDTH), _count(fitted, COLUMNS)) != (1, 2):
        raise ModelError("The line network holds the marks of digitlib.web.network.")
    return fitted


def fit_page(content: bytes) -> bytes:
    """Return a page network with the shape `PAGE_HEIGHT` x `PAGE_WIDTH`.

    Args:
        content: the `.tflite` file.

    Raises:
        ModelError: it is another kind of network, so that this module must change.
    """
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(content, 0)
    (graph,) = model.subgraphs
    for i in (*graph.inputs, *graph.outputs):
        channels = int(graph.tensors[i].shape[-1])
        _set_shape(graph.tensors[i], [1, PAGE_HEIGHT, PAGE_WIDTH, channels])
    fitted = _pack(model)
    if (_count(fitted, PAGE_WIDTH), _count(fitted, PAGE_HEIGHT)) != (2, 2):
        raise ModelError("The page network holds the marks of digitlib.web.network.")
    return fitted


def _pack(model: Any) -> bytes:
    import flatbuffers

    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), IDENTIFIER)
    return bytes(builder.Output())


def _set_shape(tensor: Any, shape: list[int]) -> None:
    tensor.shape, tensor.shapeSignature = np.array(shape, np.int32), None


def _add_constant(model: Any, values: list[int]) -> int:
    """Add a tensor of whole numbers to a network; returns its index."""
    from ai_edge_litert import schema_py_generated as schema

    buffer, tensor = schema.BufferT(), schema.TensorT()
    buffer.data = np.array(values, np.int32).view(np.uint8)
    model.buffers.append(buffer)
    tensor.buffer, tensor.type = len(model.buffers) - 1, schema.TensorType.INT32
    tensor.shape, tensor.name = np.array([len(values)], np.int32), b"shape"
    model.subgraphs[0].tensors.append(tensor)
    return len(model.subgraphs[0].tensors) - 1


def _count(content: bytes, number: int) -> int:
    return content.count(number.to_bytes(4, "little"))
