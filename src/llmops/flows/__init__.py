"""One module per journey; the only place where features meet."""
