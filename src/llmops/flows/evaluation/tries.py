"""Earlier runs on the same digests: they are told in the report, because running until it passes is no evidence.

Five tries pass a version that is too bad in one case of four (`statistics.md`, section 2). So the first finished report decides,
and every later one names those before it.
"""

from typing import Final

from llmops.domain.run import Run
from llmops.flows.evaluation.baselines import IDENTITY, report_of, runs_on
from llmops.presentation.figures import count
from llmops.storage.store import Store

NAMED: Final = 5


def tell_tries(store: Store, run: Run) -> tuple[str, ...]:
    """A sentence that names the whole runs of the same suite on the digests of a run that finished before it; nothing where
    there are none."""
    without = [key for key in IDENTITY if key not in run.refs]
    whole = [
        before
        for before in runs_on(store, run.refs, without=without, name=run.name)
        if before.id != run.id and before.parameters.get("limit") is None
    ]
    if not whole:
        return ()
    named = ", ".join(
        f"{before.id} ({before.started_at:%Y-%m-%d %H:%M}, {_outcome(before)})" for before in whole[:NAMED]
    )
    more = f" and {len(whole) - NAMED:,} more" if len(whole) > NAMED else ""
    return (
        f"The same digests were evaluated {count(len(whole), 'time')} before: {named}{more}. For a promotion the first finished "
        "report that counts decides.",
    )


def _outcome(run: Run) -> str:
    report = report_of(run)
    return "no report" if report is None else report.outcome if report.decisions else "no gates"
