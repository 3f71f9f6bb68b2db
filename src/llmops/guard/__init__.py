"""Guardrails: checks of what goes into a model and of what comes out."""
