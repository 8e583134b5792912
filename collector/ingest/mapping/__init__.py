"""One module per attribute convention."""
