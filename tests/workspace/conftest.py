"""Handles are tried in a small workspace."""

from tests.support.served import patient
from tests.support.workspaces import ready, workspace

__all__ = ["patient", "ready", "workspace"]
