"""The functions of OpenCV that `digitlib.reading` calls, done by OpenCV.js.

It is the same OpenCV, compiled to WebAssembly: arrays are copied to its memory, and the
result back. What is exact in whole numbers anyway is done by NumPy, which saves copies.
Names, arguments and results are those of OpenCV for Python.
"""

# ruff: noqa: N802, PLR0917  (OpenCV's own names and arguments)

import io
from contextlib import ExitStack

import numpy as np
from js import cv  # set by worker.js
from PIL import Image
from pyodide.ffi import to_js

_NAMES = """
    INTER_NEAREST INTER_AREA INTER_LINEAR INTER_CUBIC MORPH_CLOSE MORPH_OPEN
    MORPH_DILATE MORPH_GRADIENT MORPH_TOPHAT MORPH_ELLIPSE MORPH_RECT DIST_L2 LINE_AA
    COLOR_RGB2GRAY COLOR_GRAY2RGB COLOR_BGR2RGB COLOR_BGRA2RGBA THRESH_TOZERO
    THRESH_BINARY THRESH_OTSU KMEANS_USE_INITIAL_LABELS RETR_EXTERNAL
    CHAIN_APPROX_NONE DIST_HUBER
"""
globals().update({name: int(getattr(cv, name)) for name in _NAMES.split()})
COLOR_RGB2LAB = int(cv.COLOR_RGB2Lab)
CC_STAT_LEFT, CC_STAT_TOP, CC_STAT_WIDTH, CC_STAT_HEIGHT, CC_STAT_AREA = range(5)
IMREAD_UNCHANGED = -1
TERM_CRITERIA_MAX_ITER, TERM_CRITERIA_EPS = 1, 2

_DEPTHS = "uint8", "int8", "uint16", "int16", "int32", "float32", "float64"
# A type of OpenCV is a depth and, some bits further up, the channels less one.
_SHIFT = (int(cv.CV_8UC2) - int(cv.CV_8UC1)).bit_length() - 1
_ANCHOR = cv.Point.new(-1, -1)
_BORDER_DEFAULT = 4


class _Mats(ExitStack):
    """Arrays in OpenCV's memory, which no garbage collector frees."""

    def empty(self):
        """Make a matrix for a result."""
        return self._keep(cv.Mat.new())

    def of(self, array):
        """Copy an array, (height, width) or (height, width, channels)."""
        array = np.ascontiguousarray(array)
        height, width = array.shape[:2]
        channels = array.shape[2] if array.ndim == 3 else 1
        kind = _DEPTHS.index(array.dtype.name) + ((channels - 1) << _SHIFT)
        mat = self._keep(cv.Mat.new(height, width, kind))
        if array.size:
            mat.data.assign(array.reshape(-1).view(np.uint8))
        return mat

    def vector(self, mats):
        """Collect matrices in what OpenCV takes for a list of them."""
        vector = self._keep(cv.MatVector.new())
        for mat in mats:
            vector.push_back(mat)
        return vector

    def _keep(self, made):
        self.callback(made.delete)
        return made


def _array(mat):
    """Copy a matrix back; one with a single channel has two dimensions."""
    kind, height, width = int(mat.type()), int(mat.rows), int(mat.cols)
    channels = (kind >> _SHIFT) + 1
    shape = (height, width) if channels == 1 else (height, width, channels)
    array = np.empty(shape, _DEPTHS[kind & ((1 << _SHIFT) - 1)])
    if array.size:
        mat.data.assign_to(array.reshape(-1).view(np.uint8))
    return array


def _run(name, source, *arguments):
    """Call a function that takes a source and a target first."""
    with _Mats() as mats:
        target = mats.empty()
        getattr(cv, name)(mats.of(source), target, *arguments)
        return _array(target)


def getNumThreads():
    """Return 1: a browser's worker is one thread."""
    return 1


# --- Exact in whole numbers, or a choice: NumPy's own --------------------------------


def subtract(a, b):
    """Subtract; below 0 is 0."""
    return np.maximum(a, b) - b if a.dtype.kind == "u" else a - b


def absdiff(a, b):
    """Return how far apart two arrays are."""
    return np.maximum(a, b) - np.minimum(a, b)


def max(a, b):
    """Return the larger of each two values."""
    return np.maximum(a, b)


def bitwise_not(a):
    """Invert every bit."""
    return ~a


def threshold(a, least, most, kind):
    """Set to 0 what is not above the threshold, and the rest to the most or not."""
    if kind == THRESH_TOZERO:  # noqa: F821
        return least, np.where(a > least, a, 0).astype(a.dtype)
    with _Mats() as mats:
        target = mats.empty()
        used = cv.threshold(mats.of(a), target, least, most, kind)
        return float(used), _array(target)


def LUT(a, table):
    """Look each level up in a table."""
    return np.asarray(table)[a]


def split(a):
    """Return the channels."""
    return tuple(np.ascontiguousarray(a[..., i]) for i in range(a.shape[2]))


def calcHist(images, _channels, _mask, _sizes, _ranges):
    """Count the grey levels of one image."""
    counts = np.bincount(images[0].ravel(), minlength=256)
    return counts.astype(np.float32)[:, None]


# --- Filters and shapes --------------------------------------------------------------


def resize(a, size, _dst=None, fx=0, fy=0, interpolation=1):
    """Resample."""
    size = cv.Size.new(*(map(int, size) if size is not None else (0, 0)))
    return _run("resize", a, size, fx, fy, interpolation)


def warpAffine(a, matrix, size):
    """Rotate, scale or shift."""
    with _Mats() as mats:
        return _run("warpAffine", a, mats.of(matrix), cv.Size.new(*size))


def getRotationMatrix2D(centre, degrees, scale):
    """Return the matrix of a rotation."""
    with _Mats() as mats:
        point = cv.Point.new(*map(float, centre))
        return _array(mats._keep(cv.getRotationMatrix2D(point, degrees, scale)))


def medianBlur(a, side):
    """Take the median around each pixel."""
    return _run("medianBlur", a, side)


def GaussianBlur(a, size, sigma):
    """Blur."""
    return _run("GaussianBlur", a, cv.Size.new(*size), sigma, sigma, _BORDER_DEFAULT)


def getStructuringElement(shape, size):
    """Return a kernel."""
    with _Mats() as mats:
        kernel = cv.getStructuringElement(shape, cv.Size.new(*size), _ANCHOR)
        return _array(mats._keep(kernel))


def morphologyEx(a, operation, kernel):
    """Open, close, and the like."""
    with _Mats() as mats:
        return _run("morphologyEx", a, operation, mats.of(kernel.astype(np.uint8)))


def dilate(a, kernel):
    """Take the largest value around each pixel."""
    return morphologyEx(a, MORPH_DILATE, kernel)  # noqa: F821


def distanceTransform(a, kind, mask):
    """Return how far each pixel is from the nearest 0."""
    return _run("distanceTransform", a, kind, mask)


def connectedComponents(a):
    """Number what hangs together."""
    with _Mats() as mats:
        labels = mats.empty()
        return int(cv.connectedComponents(mats.of(a), labels)), _array(labels)


def connectedComponentsWithStats(a, connectivity=8):
    """Number what hangs together, with the box, area and centre of each."""
    with _Mats() as mats:
        results = [mats.empty() for _ in range(3)]
        how = connectivity, cv.CV_32S
        n = int(cv.connectedComponentsWithStats(mats.of(a), *results, *how))
        return n, *map(_array, results)


def kmeans(samples, n, labels, criteria, attempts, flags):
    """Divide samples into clusters, from the labels that are given."""
    with _Mats() as mats:
        places, centres = mats.of(labels.reshape(-1, 1)), mats.empty()
        stop = cv.TermCriteria.new(*criteria)
        spread = cv.kmeans(mats.of(samples), n, places, stop, attempts, flags, centres)
        return float(spread), _array(places), _array(centres)


# --- Outlines and perspective --------------------------------------------------------


def findContours(a, mode, method):
    """Return the outlines of what is not 0, and nothing of how they are nested."""
    with _Mats() as mats:
        found, nested = mats.vector([]), mats.empty()
        cv.findContours(mats.of(a), found, nested, mode, method, cv.Point.new(0, 0))
        kept = [mats._keep(found.get(i)) for i in range(int(found.size()))]
        return tuple(map(_array, kept)), None


def contourArea(points):
    """Return the area of a polygon."""
    x, y = np.asarray(points, float).reshape(-1, 2).T
    return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


def arcLength(points, closed):
    """Return the length of a line through points."""
    places = np.asarray(points, float).reshape(-1, 2)
    steps = np.linalg.norm(places - np.roll(places, -1, axis=0), axis=1)
    return float(steps.sum() if closed else steps[:-1].sum())


def convexHull(points):
    """Return the points around all others."""
    return _run("convexHull", points.reshape(-1, 1, 2))


def approxPolyDP(points, epsilon, closed):
    """Return a polygon with fewer corners."""
    return _run("approxPolyDP", points.reshape(-1, 1, 2), epsilon, closed)


def fitLine(points, kind, parameter, reach, angle):
    """Fit a straight line to points."""
    places = np.asarray(points, np.float32).reshape(-1, 1, 2)
    return _run("fitLine", places, kind, parameter, reach, angle)


def fillConvexPoly(a, points, colour):
    """Fill a convex polygon, in place."""
    corners = np.asarray(points, float).reshape(-1, 2)
    y, x = np.indices(a.shape[:2])
    sides = [
        (end[0] - start[0]) * (y - start[1]) - (end[1] - start[1]) * (x - start[0])
        for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True)
    ]
    inside = np.all(np.array(sides) >= 0, axis=0) | np.all(np.array(sides) <= 0, axis=0)
    a[inside] = colour
    return a


def getPerspectiveTransform(source, target):
    """Return the matrix that maps four points to four others."""
    rows, wanted = [], []
    for (x, y), (u, v) in zip(source.tolist(), target.tolist(), strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        wanted += [u, v]
    return np.append(np.linalg.solve(rows, wanted), 1.0).reshape(3, 3)


def perspectiveTransform(points, matrix):
    """Map points, (1, n, 2)."""
    mapped = np.concatenate([points, np.ones_like(points[..., :1])], -1) @ matrix.T
    return (mapped[..., :2] / mapped[..., 2:]).astype(points.dtype)


def warpPerspective(a, matrix, size, flags=1):
    """Show a picture from another angle."""
    with _Mats() as mats:
        return _run("warpPerspective", a, mats.of(matrix), cv.Size.new(*size), flags)


# --- Drawing, colours and files ------------------------------------------------------


def _draw(a, name, *arguments):
    with _Mats() as mats:
        mat = mats.of(a)
        getattr(cv, name)(mat, *arguments)
        a[...] = _array(mat).reshape(a.shape)
    return a


def _scalar(colour):
    values = colour if isinstance(colour, (tuple, list)) else (colour,)
    return to_js([float(value) for value in (*values, 0, 0, 0)[:4]])


def line(a, start, end, colour, thickness=1, kind=8, shift=0):
    """Draw a line, in place."""
    ends = cv.Point.new(*start), cv.Point.new(*end)
    return _draw(a, "line", *ends, _scalar(colour), thickness, kind, shift)


def rectangle(a, start, end, colour, thickness=1):
    """Draw a rectangle, in place."""
    corners = cv.Point.new(*start), cv.Point.new(*end)
    return _draw(a, "rectangle", *corners, _scalar(colour), thickness, 8, 0)


def polylines(a, lines, closed, colour, thickness=1, kind=8, shift=0):
    """Draw lines through points, in place."""
    with _Mats() as mats:
        points = [np.asarray(each, np.int32).reshape(-1, 1, 2) for each in lines]
        vector = mats.vector([mats.of(each) for each in points])
        style = _scalar(colour), thickness, kind, shift
        return _draw(a, "polylines", vector, closed, *style)


def cvtColor(a, code, dst=None):
    """Convert colours; without OpenCV where only their order changes."""
    if code in (COLOR_RGB2GRAY, COLOR_GRAY2RGB, COLOR_RGB2LAB):  # noqa: F821
        return _run("cvtColor", a, code)
    return np.ascontiguousarray(a[..., [2, 1, 0, *range(3, a.shape[2])]])


def imdecode(data, _flags):
    """Decode a WebP, which Pillow does with the same library."""
    pixels = np.asarray(Image.open(io.BytesIO(data.tobytes()), formats=["WEBP"]))
    return np.ascontiguousarray(pixels[..., [2, 1, 0, *range(3, pixels.shape[2])]])
