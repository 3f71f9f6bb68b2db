"""The published schema: real reports fit it, and what version 1 has it keeps."""

import io
import json
from pathlib import Path

import jsonschema
import pytest

from llmops.core.hashing import Json
from llmops.domain.report import Decision
from llmops.evals.compare import compare_runs
from llmops.evals.reports.dossier import Dossier
from llmops.evals.reports.formats import as_json, write_json
from llmops.evals.reports.schema import FORMAT, report_schema
from tests.support.eval_runs import baseline, binary, contexts, dossier, loaded, observed, report, result

KEPT = Path(__file__).with_name("report_schema_1.json")


def shape(schema: Json) -> dict[str, Json]:
    """Every field with its type, dotted, as far as definitions lead; descriptions and order left out."""
    found: dict[str, Json] = {}

    def walk(properties: Json, path: str) -> None:
        for name, one in properties.items():
            told = {key: one[key] for key in ("type", "enum", "const", "$ref", "format") if key in one}
            told |= {key: sorted(map(json.dumps, map(bare, one[key]))) for key in ("anyOf",) if key in one}
            found[f"{path}.{name}"] = told

    walk(schema["properties"], "Report")
    for name, definition in schema["$defs"].items():
        walk(definition.get("properties", {}), name)
    return found


def bare(one: Json) -> Json:
    return {key: value for key, value in one.items() if key in ("type", "enum", "const", "$ref", "format")}


def full() -> Dossier:
    rows = [
        result(f"c{i:02}", float(i % 4 > 0), repeat=r, metadata={"topic": "ab"[i % 2]})
        for r in range(2)
        for i in range(40)
    ]
    rows += [result("lost", error="x"), result("open", None, contexts=contexts("one"))]
    comparison = compare_runs(observed(rows), baseline(binary(20, 20)), [loaded(), loaded("other")])
    decisions = (Decision(gate="contains ≥ 0.9", outcome="unknown", reason="why", value=0.7, bound=0.6, required_n=90),)
    found = report(rows).model_copy(update={"comparison": comparison, "decisions": decisions})
    return Dossier(found, lambda: iter(rows))


@pytest.mark.parametrize("given", [full(), dossier([]), dossier(binary(3, 2))], ids=["everything", "nothing", "little"])
def test_reports_fit_the_schema(given: Dossier) -> None:
    stream = io.StringIO()
    write_json(given, stream)
    written = json.loads(stream.getvalue())
    jsonschema.Draft202012Validator.check_schema(report_schema())
    validator = jsonschema.Draft202012Validator(report_schema())
    validator.validate(written)
    validator.validate(as_json(given.report))
    assert written["format"] == FORMAT == "llmops-report/1"


def test_what_is_no_report_does_not_fit() -> None:
    validator = jsonschema.Draft202012Validator(report_schema())
    broken = as_json(dossier(binary(3, 2)).report)
    assert [error.validator for error in validator.iter_errors({**broken, "cases": "many"})] == ["type"]
    del broken["outcome"]
    assert [error.validator for error in validator.iter_errors(broken)] == ["required"]


def test_a_later_field_does_not_break_a_reader_of_today() -> None:
    later = as_json(dossier(binary(3, 2)).report) | {"something_new": 1}
    later["scores"][0]["something_new"] = 1
    jsonschema.Draft202012Validator(report_schema()).validate(later)


def test_version_1_keeps_its_fields_and_their_types() -> None:
    """Adding is free. Whoever must remove or retype a field makes `llmops-report/2`, and a new file beside this one."""
    kept: dict[str, Json] = json.loads(KEPT.read_text())
    now = shape(report_schema())
    assert {name: now.get(name) for name in kept} == kept
