"""Media on their way: kept durably here first, then moved to the bucket and told the registry."""
