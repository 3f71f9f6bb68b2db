"""Models: from a run's files to a version, and from a version back to files that a program can load."""
