"""The scorers that ask a judge, by family."""
