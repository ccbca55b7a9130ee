"""The dashboard and the web pages, seen as a visitor sees them."""
