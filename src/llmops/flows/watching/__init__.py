"""Watching: from what apps answered to what a monitor says of it."""
