"""The API: `views` answers, `openapi` describes it; `app.schema` has its types."""
