"""One test module for each module, and the pages in a real browser."""
