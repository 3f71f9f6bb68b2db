"""Alerts as metrics in the text format of Prometheus."""

from collections.abc import Mapping, Sequence

from llmops.domain.alert import Alert, AlertState


def metrics(alerts: Sequence[Alert], counts: Mapping[tuple[str, AlertState], int]) -> str:
    """The metrics: how many alerts there are by monitor and state, and the streams of those that are not closed.

    Args:
        alerts: those that are not closed.
        counts: how many there are, by monitor and state.
    """
    lines = [
        "# HELP llmops_alerts Alerts by monitor and state.",
        "# TYPE llmops_alerts gauge",
        *(
            f"llmops_alerts{_labels(monitor=monitor, state=state)} {count}"
            for (monitor, state), count in sorted(counts.items())
        ),
        "# HELP llmops_alert_since_seconds When what an alert is about began, as a Unix time.",
        "# TYPE llmops_alert_since_seconds gauge",
        *(
            f"llmops_alert_since_seconds{_labels(monitor=alert.monitor, alert=alert.id, state=alert.state)} "
            f"{alert.since.timestamp():.0f}"
            for alert in alerts
        ),
        "# HELP llmops_alert_statistic_ratio Statistic of a stream that drifts, divided by its threshold.",
        "# TYPE llmops_alert_statistic_ratio gauge",
    ]
    for alert in alerts:
        for stream in alert.streams:
            labels = _labels(
                monitor=alert.monitor,
                alert=alert.id,
                signal=stream.signal,
                segment=stream.segment,
                promise=stream.promise,
            )
            lines.append(f"llmops_alert_statistic_ratio{labels} {stream.statistic / stream.threshold:.6g}")
    return "\n".join(lines)


def _labels(**labels: str) -> str:
    escaped = {
        name: value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") for name, value in labels.items()
    }
    return "{" + ",".join(f'{name}="{value}"' for name, value in escaped.items()) + "}"
