"""A report in words, the same in the terminal, in Markdown and in HTML."""

from typing import Final

from llmops.domain.report import Difference, Interval, JudgeSummary, Outcome, Report, ScoreSummary
from llmops.presentation.figures import count, dollars, number, percent, seconds
from llmops.presentation.tables import Tone

MARKS: Final[dict[Outcome, str]] = {"pass": "✓ pass", "fail": "✗ fail", "unknown": "? unknown"}
BASELINES: Final = ("offline/support",)
TONES: Final[dict[Outcome, Tone]] = {"pass": "good", "fail": "bad", "unknown": "open"}


def verdict(report: Report) -> str:
    """Say in one sentence what the gates decided."""
    total = len(report.decisions)
    if not total:
        return "This suite has no gates: nothing was decided."
    if total == 1:
        return {"pass": "The gate passes.", "fail": "The gate fails.", "unknown": "The gate is unknown."}[
            report.outcome
        ]
    if report.outcome == "pass":
        return f"All {total} gates pass."
    parts = []
    for outcome, verb in (("fail", ("fails", "fail")), ("unknown", ("is unknown", "are unknown"))):
        hit = sum(decision.outcome == outcome for decision in report.decisions)
        if hit:
            parts.append(f"{hit} of {count(total, 'gate')} {verb[hit > 1]}")
    return f"{', '.join(parts)}."


def facts(report: Report) -> list[tuple[str, str]]:
    """What the run was, as names and values: cases, errors, time, cost."""
    cases = f"{report.cases:,}"
    if report.clusters != report.cases:
        cases += f" in {count(report.clusters, 'cluster')}"
    if report.repeats > 1:
        cases += f", asked {report.repeats} times each"
    listed = [("cases", cases), ("failed answers", f"{report.errors:,}")]
    if report.cached:
        listed.append(("from the cache", f"{report.cached:,}"))
    if report.latency:
        listed.append(("latency p50 / p95", f"{seconds(report.latency['p50'])} / {seconds(report.latency['p95'])}"))
    listed.append(("cost", "unknown" if report.cost is None else dollars(report.cost)))
    listed += [("tokens", f"{report.tokens:,}"), ("time", seconds(report.seconds))]
    return [*listed, ("judge", judge_text(report.judge))] if report.judge else listed


def judge_text(judge: JudgeSummary) -> str:
    """Say who judged and what that took, and name a baseline as one."""
    names = [f"{name} (a baseline, no language model)" if name in BASELINES else name for name in judge.models]
    often = f", {judge.repeats} times each" if judge.repeats > 1 else ""
    known = judge.calls - judge.unpriced
    cost = dollars(judge.cost) if known or not judge.calls else "cost unknown"
    return f"{', '.join(names)}{often}: {count(judge.calls, 'call')}, {judge.tokens:,} tokens, {cost}"


def interval_text(interval: Interval | None, unit: str = "") -> str:
    """Write an interval as `0.912 to 0.981`."""
    return "–" if interval is None else f"{number(interval.low, unit)} to {number(interval.high, unit)}"


def method_text(interval: Interval | None) -> str:
    """Name the method of an interval."""
    return "–" if interval is None else {"t": "Student's t"}.get(interval.method, interval.method)


def methods_text(report: Report) -> str:
    """Name the methods of a report's intervals, and whose they are; empty where there is none."""
    methods: dict[str, list[str]] = {}
    for score in report.scores:
        if score.interval is not None:
            methods.setdefault(method_text(score.interval), []).append(score.label)
    told = (f"{method} ({', '.join(labels)})" for method, labels in methods.items())
    return f"intervals: {'; '.join(told)}" if methods else ""


def score_name(score: ScoreSummary) -> str:
    """A scorer's label, with a mark where lower is better."""
    return f"{score.label} ↓" if score.direction == "lower" else score.label


def missing_text(score: ScoreSummary) -> str:
    """How many scores are missing, and the mean if they were the worst and the best."""
    if not score.missing:
        return "0"
    return f"{score.missing:,}" + (f" ({score.bounds[0]:.3f}–{score.bounds[1]:.3f})" if score.bounds else "")


def pass_text(score: ScoreSummary) -> str:
    """The share of scores within the suite's bounds."""
    return percent(score.pass_rate)


def display_span(score: ScoreSummary) -> tuple[float, float]:
    """The range to draw a scorer on: its own, else from 0 to the highest value there is to draw."""
    if score.range is not None:
        return score.range
    ends = [score.mean or 0.0, *((score.interval.low, score.interval.high) if score.interval else ())]
    return min(0.0, *ends), max(ends) or 1.0


def difference_text(difference: Difference, unit: str = "") -> str:
    """Write a difference with its sign, as `+0.021 (−0.004 to +0.046)`."""
    if difference.interval is None:
        return signed(difference.mean, unit)
    return (
        f"{signed(difference.mean, unit)} "
        f"({signed(difference.interval.low, unit)} to {signed(difference.interval.high, unit)})"
    )


def conclusion_text(difference: Difference) -> str:
    """Say what a comparison concludes, and how many cases would tell where it does not."""
    if difference.conclusion == "not yet known" and difference.required_n:
        return f"not yet known (about {count(difference.required_n, 'case')} would tell)"
    return difference.conclusion


def p_text(p: float | None) -> str:
    """Write a p-value with three decimals."""
    return "–" if p is None else "< 0.001" if p < 0.001 else f"{p:.3f}"


def signed(value: float, unit: str = "") -> str:
    """Write a number with its sign."""
    return ("−" if value < 0 else "+" if value > 0 else "±") + number(abs(value), unit)
