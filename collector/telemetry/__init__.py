"""The trace store: journal, hot file, sealed segments, queries."""
