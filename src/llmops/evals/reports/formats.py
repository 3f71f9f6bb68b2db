"""Writes a report for machines: JSON, CSV and JUnit XML.

JUnit is red exactly when the exit code is 1: the gates are the tests. A case that falls short is listed as skipped with the
reason, as pytest does for a failure that was expected, because the gates say how many such cases are too many.
"""

import csv
import json
from collections.abc import Iterator
from typing import TextIO
from xml.sax.saxutils import escape, quoteattr

from llmops.core.hashing import Json
from llmops.domain.evaluation import CaseResult, Score
from llmops.domain.report import Decision, Report
from llmops.evals.reports.dossier import Dossier
from llmops.evals.reports.schema import FORMAT
from llmops.presentation.cleaning import cell, clean, one_line
from llmops.presentation.figures import number


def as_json(report: Report) -> Json:
    """A report as JSON values, with the outcome of all gates together; `schema.report_schema` describes it."""
    return {"format": FORMAT, "outcome": report.outcome, **report.model_dump(mode="json")}


def write_json(dossier: Dossier, stream: TextIO) -> None:
    """Write the report and every result as one JSON object; results are under `results`."""
    head = json.dumps(as_json(dossier.report), ensure_ascii=False, indent=2)
    stream.write(head.removesuffix("\n}") + ',\n  "results": [')
    for index, result in enumerate(dossier.results()):
        line = json.dumps(result.model_dump(mode="json"), ensure_ascii=False)
        stream.write(f"{',' if index else ''}\n    {line}")
    stream.write("\n  ]\n}\n")


def write_csv(dossier: Dossier, stream: TextIO) -> None:
    """Write one row for each answer. Texts that a spreadsheet would take for a formula begin with an apostrophe."""
    labels = [score.label for score in dossier.report.scores]
    scores = [name for label in labels for name in (label, f"{label} status", f"{label} passed", f"{label} reason")]
    fixed = ["case", "repeat", "cluster", "inputs", "expectations", "metadata", "output", "error"]
    taken = ["model", "cached", "latency", "prompt_tokens", "completion_tokens", "cost"]
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([cell(name) for name in (*fixed, *taken, *scores)])
    for result in dossier.results():
        usage = result.usage
        maps = [json.dumps(part, ensure_ascii=False) for part in (result.inputs, result.expectations, result.metadata)]
        row: list[str | float | bool | None] = [result.case_id, result.repeat, result.cluster, *maps]
        row += [result.output, result.error, result.model, result.cached]
        row += [usage.latency, usage.prompt_tokens, usage.completion_tokens, usage.cost]
        for label in labels:
            score = result.scores.get(label) or Score.missing("not scored")
            row += [score.value, score.status, score.passed, score.reason]
        writer.writerow([cell(value) for value in row])


def write_junit(dossier: Dossier, stream: TextIO, *, allow_unknown: bool = False) -> None:
    """Write JUnit XML: one test suite of gates, one of cases. `allow_unknown` makes an unknown gate a skipped test."""
    report = dossier.report
    red = sum(_is_red(decision, allow_unknown) for decision in report.decisions)
    short = sum(1 for result in dossier.results() if _shortcoming(result))
    answers = sum(1 for _ in dossier.results())
    stamp = quoteattr(report.started_at.replace(microsecond=0, tzinfo=None).isoformat())
    stream.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    total = f'tests="{len(report.decisions) + answers}" failures="{red}" errors="0" time="{report.seconds:.3f}"'
    stream.write(f"<testsuites name={_attribute(report.suite)} {total}>\n")
    open_gates = sum(d.outcome == "unknown" for d in report.decisions) if allow_unknown else 0
    counts = f'tests="{len(report.decisions)}" failures="{red}" errors="0" skipped="{open_gates}"'
    stream.write(f'  <testsuite name={_attribute(f"{report.suite} gates")} {counts} timestamp={stamp} time="0">\n')
    for decision in report.decisions:
        stream.write(_gate_xml(decision, report.suite, allow_unknown))
    stream.write("  </testsuite>\n")
    counts = f'tests="{answers}" failures="0" errors="0" skipped="{short}" time="{report.seconds:.3f}"'
    stream.write(f"  <testsuite name={_attribute(f'{report.suite} cases')} {counts} timestamp={stamp}>\n")
    for result in dossier.results():
        stream.write(_case_xml(result, report.suite))
    stream.write("  </testsuite>\n</testsuites>\n")


def _gate_xml(decision: Decision, suite: str, allow_unknown: bool) -> str:
    test = f'    <testcase classname={_attribute(f"{suite}.gates")} name={_attribute(decision.gate)} time="0">'
    reason = _attribute(decision.reason)
    if _is_red(decision, allow_unknown):
        inner = f'<failure type="{decision.outcome}" message={reason}/>'
    elif decision.outcome == "unknown":
        inner = f'<skipped type="unknown" message={reason}/>'
    else:
        inner = f"<system-out>{_text(decision.reason)}</system-out>"
    return f"{test}{inner}</testcase>\n"


def _case_xml(result: CaseResult, suite: str) -> str:
    name = result.case_id + (f" (repeat {result.repeat})" if result.repeat else "")
    test = f"    <testcase classname={_attribute(f'{suite}.cases')} name={_attribute(name)}"
    shortcoming = _shortcoming(result)
    skipped = f'<skipped type="tolerated" message={_attribute(shortcoming)}/>' if shortcoming else ""
    told = "\n".join(_score_lines(result))
    return f'{test} time="{result.usage.latency:.3f}">{skipped}<system-out>{_text(told)}</system-out></testcase>\n'


def _score_lines(result: CaseResult) -> Iterator[str]:
    for label, score in result.scores.items():
        value = number(score.value) if score.status == "scored" else score.status.replace("_", " ")
        judged = "" if score.passed is None else " (passed)" if score.passed else " (failed)"
        yield f"{label}: {value}{judged}" + (f" {score.reason}" if score.reason else "")


def _shortcoming(result: CaseResult) -> str:
    """Why a result is nothing to be proud of; empty if it is."""
    if result.error is not None:
        return f"no answer: {result.error}"
    failed = [
        f"{label} {number(score.value)}{': ' + score.reason if score.reason else ''}"
        for label, score in result.scores.items()
        if score.passed is False
    ]
    return "; ".join(failed)


def _is_red(decision: Decision, allow_unknown: bool) -> bool:
    return decision.outcome == "fail" or (decision.outcome == "unknown" and not allow_unknown)


def _attribute(text: str) -> str:
    return quoteattr(one_line(text, 1000))


def _text(text: str) -> str:
    return escape(clean(text))
