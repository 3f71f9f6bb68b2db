"""Monitoring: what is measured of every interaction, and what is said of it after each evaluation."""
