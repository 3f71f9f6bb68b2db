"""Journeys are tried in a small workspace."""

from tests.support.workspaces import ready, workspace

__all__ = ["ready", "workspace"]
