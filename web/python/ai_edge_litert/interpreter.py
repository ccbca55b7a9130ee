"""LiteRT's interpreter as `digitlib.reading` uses it, done by LiteRT.js.

LiteRT.js compiles a network for the shape that its file names. Glyphs are run one by
one. The line network is compiled anew for each width of a strip, and the page network
for each size of a page, which takes a few milliseconds: `digitlib.web.network` has left
two numbers in each file for that.
"""

from collections import OrderedDict

import numpy as np
from js import compileNetwork  # worker.js: the bytes of a network to what runs it
from pyodide.ffi import to_js

WIDTH, COLUMNS = 0x74B0ED28, 0x1D2C3B4A  # as in `digitlib.web.network`
PAGE_WIDTH, PAGE_HEIGHT = 0x6AC1D740, 0x5BE2C680
SMALLEST = 1, 64, 64, 1  # a shape for which both networks can be compiled
KEPT = 16  # compiled networks: each takes about as much memory as its file
_compiled = OrderedDict()


def _compile(content, shape):
    """Compile a network, or find it again; the one that was used longest ago goes.

    For pages, which need much memory, only one is kept.
    """
    key = content, shape
    if key not in _compiled:
        if len(_compiled) >= KEPT:
            _compiled.popitem(last=False)[1].delete()
        if _bytes(PAGE_WIDTH) in content:
            for other in [each for each in _compiled if each[0] == content]:
                _compiled.pop(other).delete()
        if shape:
            _, height, width, _ = shape
            content = content.replace(_bytes(WIDTH), _bytes(width))
            content = content.replace(_bytes(COLUMNS), _bytes(width // 4))
            content = content.replace(_bytes(PAGE_WIDTH), _bytes(width))
            content = content.replace(_bytes(PAGE_HEIGHT), _bytes(height))
        _compiled[key] = compileNetwork(to_js(content))
    _compiled.move_to_end(key)
    return _compiled[key]


def _bytes(number):
    return number.to_bytes(4, "little")


class Interpreter:
    """One network: set its input, invoke it, get its outputs."""

    def __init__(self, model_content, num_threads=1):
        self._content = model_content
        marks = WIDTH, PAGE_WIDTH
        self._is_fitted = any(_bytes(mark) in model_content for mark in marks)
        self._shape = SMALLEST if self._is_fitted else None
        self._results = []

    def allocate_tensors(self):
        """Compile the network for the shape of its input."""
        _compile(self._content, self._shape)

    def get_input_details(self):
        """Describe the only input."""
        return [{"index": 0}]

    def get_output_details(self):
        """Describe the outputs, with their shapes for one glyph."""
        shapes = _compile(self._content, self._shape).shapes.to_py()
        return [{"index": i, "shape": np.array(s)} for i, s in enumerate(shapes)]

    def resize_tensor_input(self, index, shape):
        """Say which shape the input will have; any number of glyphs is possible."""
        self._shape = tuple(map(int, shape)) if self._is_fitted else None

    def set_tensor(self, index, values):
        """Set the input."""
        self._input = np.ascontiguousarray(values, np.float32)

    def invoke(self):
        """Run the network on one part of the batch after the other."""
        network = _compile(self._content, self._shape)
        shape = to_js([1, *self._input.shape[1:]])
        runs = [network.run(to_js(each.reshape(-1)), shape) for each in self._input]
        self._results = [list(run) for run in runs]

    def get_tensor(self, index):
        """Return an output for the whole batch."""
        shape = self.get_output_details()[index]["shape"][1:]
        result = np.empty((len(self._results), *shape), np.float32)
        for place, run in zip(result, self._results, strict=True):
            run[index].assign_to(place.reshape(-1))
        return result
