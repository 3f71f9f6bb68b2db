"""Evaluations: scorers, the runner, reports, gates and comparisons."""
