"""The JSON Schema of a report, for programs that read `report.json` or `--json`.

Within a version fields are only added: whoever reads version 1 today reads every later version 1
(`tests/evals/reports/report_schema_1.json` holds what it must keep).
"""

from typing import Final

from llmops.core.hashing import Json
from llmops.domain.evaluation import CaseResult
from llmops.domain.report import Report

FORMAT: Final = "llmops-report/1"


def report_schema() -> Json:
    """The schema of what `--report FILE.json` writes; `--json` prints the same without `results`."""
    from pydantic.json_schema import models_json_schema

    both = models_json_schema(
        [(Report, "serialization"), (CaseResult, "serialization")], ref_template="#/$defs/{model}"
    )[1]
    definitions = {name: _open(one) for name, one in both["$defs"].items()}
    report = definitions.pop("Report")
    properties = {
        "format": {"const": FORMAT, "description": "The version of this format."},
        "outcome": {"enum": ["pass", "fail", "unknown"], "description": "All gates together."},
        **report["properties"],
        "results": {"type": "array", "items": {"$ref": "#/$defs/CaseResult"}, "description": "One for each answer."},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{FORMAT.replace('/', ':')}",
        "title": "A report of llmops eval",
        "description": report.get("description", ""),
        "type": "object",
        "properties": properties,
        "required": ["format", "outcome", *report["required"]],
        "$defs": definitions,
    }


def _open(definition: Json) -> Json:
    """Without the prohibition of other properties: a later report may have more."""
    return {key: value for key, value in definition.items() if key != "additionalProperties" or value is not False}
