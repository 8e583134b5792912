"""One module per Langfuse resource: parse, ask, shape."""
