"""The line network for the page gives what the shipped one gives, at every width."""

import importlib.util
import sys
from types import ModuleType

import numpy as np
import pytest

from digitlib.errors import ModelError
from digitlib.reading import manifest
from digitlib.reading.line_network import open_network, read_network
from digitlib.reading.strips import HEIGHT
from digitlib.web import network
from digitlib.web.parts import PAGE

LINE = manifest.MODELS / "line.tflite"
CLEANER = manifest.MODELS / "page.tflite"


def number(value):
    return value.to_bytes(4, "little")


@pytest.fixture(scope="module")
def fitted():
    return network.fit(LINE.read_bytes())


@pytest.mark.parametrize("width", [32, 100, 404])
def test_it_is_the_same_network(fitted, width, tmp_path):
    """LiteRT itself runs it, with a width in place of the mark."""
    from ai_edge_litert.interpreter import Interpreter

    strip = np.random.default_rng(0).random((1, HEIGHT, width, 1), np.float32)
    content = fitted.replace(number(network.WIDTH), number(width))
    content = content.replace(number(network.COLUMNS), number(width // 4))
    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], strip)
    interpreter.invoke()
    result = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    assert np.allclose(result, read_network(LINE)(strip), atol=1e-4)


@pytest.mark.parametrize("size", [(64, 192), (320, 256)])
def test_the_page_network_is_the_same_network(size):
    from ai_edge_litert.interpreter import Interpreter

    height, width = size
    page = np.random.default_rng(0).random((1, *size, 1), np.float32)
    content = network.fit_page(CLEANER.read_bytes())
    content = content.replace(number(network.PAGE_HEIGHT), number(height))
    content = content.replace(number(network.PAGE_WIDTH), number(width))
    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], page)
    interpreter.invoke()
    result = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    assert np.allclose(result, open_network(CLEANER)(page), atol=1e-4)


def test_another_kind_of_network_is_refused():
    with pytest.raises(ModelError, match="does not end"):
        network.fit((manifest.MODELS / "mlp.tflite").read_bytes())


def test_the_page_knows_the_same_marks(monkeypatch):
    """The shim is a file of the page; here it is imported without a browser."""
    for name in ("js", "pyodide", "pyodide.ffi"):
        module = ModuleType(name)
        module.compileNetwork = module.to_js = None
        monkeypatch.setitem(sys.modules, name, module)
    path = PAGE / "python" / "ai_edge_litert" / "interpreter.py"
    spec = importlib.util.spec_from_file_location("shim", path)
    shim = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(shim)
    for mark in ("WIDTH", "COLUMNS", "PAGE_WIDTH", "PAGE_HEIGHT"):
        assert getattr(shim, mark) == getattr(network, mark)
