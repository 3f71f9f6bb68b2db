"""Shadows of a text for matching: what it says once tricks of writing are undone. The text itself is never altered."""
