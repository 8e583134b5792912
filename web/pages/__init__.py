"""One module per page: its routes, what it asks of the store, the view it hands to a template."""
