"""The registry: files of the workspace become versions, and refs become contents."""
