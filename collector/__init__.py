"""The service: takes in, keeps and answers what Langfuse SDKs send and ask."""

__version__ = "0.1.0"
