"""The report of a monitor as Markdown and as JSON."""

from collections.abc import Sequence

from llmops.core.hashing import Json
from llmops.flows.monitor_reports.gather import MonitorReport
from llmops.measures.intervals import Estimate
from llmops.presentation import markdown


def write_markdown(report: MonitorReport) -> str:
    """The numbers of the report, without its pictures."""
    parts = [f"# monitor/{markdown.escape(report.monitor)}", markdown.bullets(report.notes)]
    parts.append(
        f"{len(report.interactions):,} interactions of {markdown.escape(report.app)}, {report.at:%Y-%m-%d %H:%M} UTC"
    )
    if report.alerts:
        rows = [(one.id, one.state, one.title, f"{one.since:%Y-%m-%d %H:%M}") for one in report.alerts]
        parts += ["## Alerts", markdown.table(("alert", "state", "what", "since (UTC)"), rows)]
    means = [
        (
            one.name,
            _mean(one.before),
            _mean(one.since),
            "–" if one.change is None else f"{one.buckets[one.change].at:%Y-%m-%d %H:%M}",
        )
        for one in report.signals
    ]
    parts += ["## Signals", markdown.table(("signal", "before", "now", "changed (UTC)"), means, right=(1, 2))]
    parts += _kinds(report)
    for service in report.service:
        groups = [
            (
                one.group,
                f"{one.mean.mean:.4g}",
                _ends(one.mean),
                "–" if one.adjusted_p is None else f"{one.adjusted_p:.2g}",
                str(one.mean.n),
                one.service,
            )
            for one in service.groups
        ]
        columns = ("group", "mean", "95 % interval", "p, corrected", "n", "served")
        title = markdown.escape(f"{service.signal} by {service.key}")
        parts += [f"## {title}", markdown.table(columns, groups, right=(1, 2, 3, 4))] if groups else []
    return "\n\n".join(part for part in parts if part) + "\n"


def as_json(report: MonitorReport) -> Json:
    """All that the report says, as JSON."""
    return {
        "monitor": report.monitor,
        "app": report.app,
        "at": report.at.isoformat(),
        "split": None if report.split is None else report.split.isoformat(),
        "interactions": len(report.interactions),
        "notes": list(report.notes),
        "alerts": [alert.as_json() for alert in report.alerts],
        "streams": [one.model_dump(mode="json") for one in report.statuses],
        "signals": [
            {
                "signal": one.name,
                "changed": None if one.change is None else one.buckets[one.change].at.isoformat(),
                "buckets": [
                    {"at": bucket.at.isoformat(), "version": bucket.version, **_estimate(bucket.mean)}
                    for bucket in one.buckets
                ],
            }
            for one in report.signals
        ],
        **_kinds_as_json(report),
        "service": [
            {
                "signal": service.signal,
                "segment": service.key,
                "groups": [
                    {"group": one.group, "p": one.adjusted_p, "service": one.service, **_estimate(one.mean)}
                    for one in service.groups
                ],
            }
            for service in report.service
        ],
    }


def _kinds(report: MonitorReport) -> list[str]:
    """Tables of signals that are no plain numbers."""
    parts = []
    for one in report.words:
        rows = [(word, f"{before:,}", f"{now:,}") for word, before, now in one.shares]
        p = "" if one.p is None else f", p of no difference {one.p:.2g}"
        parts += [
            f"## {markdown.escape(one.name)}, before and now{p}",
            markdown.table(("word", "before", "now"), rows, right=(1, 2)),
        ]
    for judged in report.judged:
        told = [
            (f"{each.at:%Y-%m-%d %H:%M}", f"{each.mean:.4g}", f"{each.count:,}", each.version[:19])
            for each in judged.told
        ]
        if told:
            columns = ("evaluated (UTC)", "mean", "values", "version")
            parts += [f"## {markdown.escape(judged.name)}", markdown.bullets([judged.said] if judged.said else [])]
            parts.append(markdown.table(columns, told, right=(1, 2)))
    if report.clouds:
        clouds = [
            (one.name, *(f"{size:,}" for size in one.sizes), "–" if one.p is None else f"{one.p:.2g}")
            for one in report.clouds
        ]
        columns = ("signal", "before", "now", "p, random features")
        parts += ["## Vectors", markdown.table(columns, clouds, right=(1, 2, 3))]
    return parts


def _kinds_as_json(report: MonitorReport) -> dict[str, Json]:
    return {
        "words": [
            {
                "signal": one.name,
                "p": one.p,
                "shares": [{"word": word, "before": before, "now": now} for word, before, now in one.shares],
            }
            for one in report.words
        ],
        "judged": [
            {
                "signal": one.name,
                "control": one.control,
                "said": one.said,
                "evaluations": [
                    {"at": each.at.isoformat(), "mean": each.mean, "n": each.count, "version": each.version}
                    for each in one.told
                ],
            }
            for one in report.judged
        ],
        "vectors": [
            {
                "signal": one.name,
                "before": one.sizes[0],
                "now": one.sizes[1],
                "p": one.p,
                "apart": one.apart,
                "cosine": one.cosine,
            }
            for one in report.clouds
        ],
        "examples": [
            {"interaction": one.interaction.id, "kind": one.kind, "of": one.source} for one in report.examples
        ],
    }


def _mean(values: Sequence[float]) -> str:
    return f"{sum(values) / len(values):.4g}" if values else "–"


def _ends(mean: Estimate) -> str:
    return "–" if mean.low is None or mean.high is None else f"{mean.low:.4g} to {mean.high:.4g}"


def _estimate(mean: Estimate) -> dict[str, Json]:
    return {"mean": mean.mean, "low": mean.low, "high": mean.high, "n": mean.n}
