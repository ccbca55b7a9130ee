"""Prepares the line network for LiteRT.js, which cannot change the shape of an input.

line.tflite -> the same network for strips of WIDTH, giving COLUMNS -> line.tflite

LiteRT.js compiles a network for the shapes in its file. Its last step, which only drops
an axis, computes its shape while it runs; here that is written down instead. The page
then replaces the two numbers by the width of a strip and the columns of its output, and
compiles. Nothing else is changed: the same steps run on the same weights.
"""

from typing import Any

import numpy as np

from digitlib.errors import ModelError
from digitlib.reading.strips import HEIGHT

# Numbers of four bytes, none of them 0, that occur nowhere else: `fit` counts them.
WIDTH, COLUMNS = 0x74B0ED28, 0x1D2C3B4A
IDENTIFIER = b"TFL3"  # of a .tflite file


def fit(content: bytes) -> bytes:
    """Return a line network with the shape `WIDTH` in place of an open one.

    Args:
        content: the `.tflite` file.

    Raises:
        ModelError: it is another kind of network, so that this module must change.
    """
    import flatbuffers
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
    builder = flatbuffers.Builder(len(content))
    builder.Finish(model.Pack(builder), IDENTIFIER)
    fitted = bytes(builder.Output())
    if (_count(fitted, WIDTH), _count(fitted, COLUMNS)) != (1, 2):
        raise ModelError("The line network holds the marks of digitlib.web.network.")
    return fitted


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
