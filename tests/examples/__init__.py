"""The runnable workspaces of `examples/`."""
