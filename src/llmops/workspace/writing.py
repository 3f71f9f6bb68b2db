"""The services of a workspace for a journey that writes."""

from llmops.flows.services import Services
from llmops.workspace.workspace import Workspace


def for_writing(workspace: Workspace) -> Services:
    """The services with a store that is really there; says on stderr where it put a new one."""
    return workspace._for_writing()
