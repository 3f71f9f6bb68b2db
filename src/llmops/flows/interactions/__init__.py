"""The log of an application: what is written down of its answers, when, and what becomes of it."""
