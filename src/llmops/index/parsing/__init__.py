"""Bytes to plain text with anchors back to the original."""
