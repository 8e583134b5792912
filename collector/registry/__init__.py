"""Configuration on PostgreSQL or SQLite: one module per kind of object."""
