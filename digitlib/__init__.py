"""Handwritten digits, taught and read.

One wing a purpose, and imports go down only:

    plots        workshop
    web
    evaluation   dashboard
    training     batch     classset
    reading
    errors, files, quiet

Each wing's first lines say what it is and what it offers. Importing this package loads
nothing heavy: import the wing that you need, `from digitlib.reading import load_model`.
"""

__version__ = "0.2.0"
