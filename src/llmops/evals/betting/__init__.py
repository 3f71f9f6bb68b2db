"""Runs that stop as soon as they are decided: what is bet on, in which order, and what that decides."""
