"""Local-first LLMOps: one chain from a change to its consequences.

import llmops

with llmops.open() as ws:
    reply = ws.app("docs@production").ask("How do I roll back?")
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmops.evals.user import scorer
    from llmops.guard.user import check
    from llmops.workspace.workspace import open_workspace as open  # noqa: A004  # people write llmops.open()

__all__ = ["check", "open", "scorer"]


def __getattr__(name: str) -> object:
    """Import the public names when they are first used, so that `import llmops` costs nothing."""
    if name == "open":
        from llmops.workspace.workspace import open_workspace

        return open_workspace
    if name == "scorer":
        from llmops.evals.user import scorer

        return scorer
    if name == "check":
        from llmops.guard.user import check

        return check
    raise AttributeError(f"module 'llmops' has no attribute {name!r}")
