"""Shows what evaluations would ask and take, before they are run."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from llmops.cli.output import emit_json, emit_table, say

if TYPE_CHECKING:
    from llmops.flows.evaluation.matrix import PlannedCell
    from llmops.workspace.workspace import Workspace


def show_estimates(
    workspace: "Workspace", planned: "Sequence[tuple[str, Sequence[PlannedCell]]]", *, as_json: bool
) -> None:
    """Print a table of calls, tokens and money by suite and model; or all of it as JSON."""
    from llmops.core.bridge import run_sync
    from llmops.core.names import parse_ref
    from llmops.flows.evaluation.estimate import estimate
    from llmops.presentation.figures import dollars

    found = [
        run_sync(estimate(workspace.services, parse_ref(name, "suite"), cell.options))
        for name, cells in planned
        for cell in cells
    ]
    if as_json:
        emit_json([{**one.model_dump(mode="json"), "cost": one.cost} for one in found])
        return
    rows = [
        [
            one.suite,
            part.role,
            part.model,
            f"{part.calls:,}",
            f"{part.cached:,}",
            f"{part.prompt_tokens:,}",
            f"{part.completion_tokens:,}",
            "unknown" if part.cost is None else dollars(part.cost),
        ]
        for one in found
        for part in one.parts
    ]
    columns = ["suite", "asked as", "model", "calls", "in the cache", "tokens in", "tokens out", "cost"]
    emit_table(columns, rows, empty="No model of ours would be asked.")
    for one in found:
        for note in one.notes:
            say(note)
