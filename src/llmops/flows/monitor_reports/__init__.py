"""Reports of monitors: what is read from log and alerts, and its page."""
