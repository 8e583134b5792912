"""Rows of the store as the objects of the public API: exact keys, nulls and numbers."""
