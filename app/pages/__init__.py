"""The pages: `views` shows them, `help` has figures, `projector` is for a room."""
