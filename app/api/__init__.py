"""The API: pictures in, JSON out.

`views` answers the requests, `openapi` describes them to other programs, and
`app.schema` defines the types of both.
"""
