"""How commands on monitors show streams."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from llmops.cli.output import emit_table, say

if TYPE_CHECKING:
    from llmops.domain.signal import SignalStatus

COLUMNS: Final = ("signal", "segment", "state", "evidence", "alarm at", "values", "before", "now", "since (UTC)")


def show_statuses(statuses: "Sequence[SignalStatus]") -> None:
    """Show how streams stand, and what is to be known of them."""
    emit_table(COLUMNS, [_row(status) for status in statuses], empty="No streams yet.")
    for note in dict.fromkeys(
        f"{s.signal}{f' [{s.segment}]' if s.segment else ''}: {s.note}" for s in statuses if s.note
    ):
        say(note)


def _row(status: "SignalStatus") -> tuple[str, ...]:
    from llmops.flows.monitor_reports.streams import line_of

    line = line_of(status, absent="")
    since = "" if status.since is None else f"{status.since:%Y-%m-%d %H:%M}"
    return (*line._replace(state=line.state.upper()), since)
