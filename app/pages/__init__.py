"""The HTML pages.

`views` answers with the pages that everybody sees, `help` selects the figures of the
help page, and `projector` is the page that a workshop projects.
"""
