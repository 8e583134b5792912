"""The pages: a small web interface over the service."""
