"""Builds the page that reads in the visitor's own browser, and needs no installation.

    web/parts.json -> parts: archives, each checked -> site: the files of the page
    web/, app/static, app/templates, digitlib/reading, models ----^
    site -> a folder for any static host, or (`single`) one HTML file

The page runs `digitlib.reading` itself, in Python compiled to WebAssembly; `network`
prepares the line network for it. The public names are those in `__all__`.
"""

from digitlib.web.site import build, build_single

__all__ = ["build", "build_single"]
