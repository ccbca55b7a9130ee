"""The web app: an upload page and an API over `digitlib.predict`."""
