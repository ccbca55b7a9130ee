"""LiteRT as `digitlib.reading` uses it, done by LiteRT.js."""
