"""Streams as lists of them say how they stand, on the terminal and on pages."""

from typing import NamedTuple

from llmops.domain.signal import SignalStatus


class StreamLine(NamedTuple):
    """A stream in words and figures; `before` and `now` are means."""

    signal: str
    segment: str
    state: str
    evidence: str
    alarm_at: str
    values: str
    before: str
    now: str


def line_of(status: SignalStatus, *, absent: str = "–") -> StreamLine:
    """How a stream stands; a mean that there is not is `absent`."""
    return StreamLine(
        signal=status.signal + (" (rollback)" if status.promise == "pfa" else ""),
        segment=status.segment,
        state=status.state.replace("_", " "),
        evidence=f"{status.statistic:,.3g}",
        alarm_at=f"{status.threshold:,.0f}",
        values=f"{status.observations:,}",
        before=_mean(status.reference, absent),
        now=_mean(status.current, absent),
    )


def _mean(value: float | None, absent: str) -> str:
    return absent if value is None else f"{value:.4g}"
