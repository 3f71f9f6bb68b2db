"""Differences between versions."""

import pytest

from llmops.core.errors import InputError
from llmops.registry.diff import diff
from tests.support.registries import APP, CASES, PROMPT, Desk


def test_texts_by_line_and_fields_by_name(desk: Desk) -> None:
    desk.write("prompts/answer.md", PROMPT)
    desk.register()
    changed = PROMPT.replace("Answer from", "Quote").replace("0.2", "0.5").replace("description: Answers.\n", "")
    desk.write("prompts/answer.md", changed)
    found = diff(desk.resolve("prompt/answer@1"), desk.resolve("prompt/answer"))
    assert found.as_text().splitlines() == [
        "--- prompt/answer@1",
        "+++ prompt/answer (working file)",
        "@ body",
        "@@ -1,4 +1,4 @@",
        " system:",
        "-Answer from the excerpts.",
        "+Quote the excerpts.",
        " ",
        " user:",
        "- description: Answers.",
        "- parameters.temperature: 0.2",
        "+ parameters.temperature: 0.5",
    ]
    assert found.as_json()["changes"][1] == {"field": "description", "before": "Answers."}
    assert [change["field"] for change in found.as_json()["changes"]] == [
        "body",
        "description",
        "parameters.temperature",
    ]


def test_nothing_differs(desk: Desk) -> None:
    desk.write("prompts/answer.md", PROMPT)
    desk.register()
    assert diff(desk.resolve("prompt/answer@1"), desk.resolve("prompt/answer")).same


def test_lists_of_maps_by_position(desk: Desk) -> None:
    desk.write_all()
    desk.register()
    desk.write("evals/docs.yaml", "target: {app: docs}\ndataset: docs\nscorers: [contains, {regex: {pattern: a}}]\n")
    text = diff(desk.resolve("suite/docs@1"), desk.resolve("suite/docs")).as_text()
    assert '+ scorers[1]: {"arguments": {"pattern": "a"}, "label": "regex", "scorer": "regex"}' in text
    assert '- gates: [{"min": 0.5, "scorer": "contains"}]' in text


def test_a_new_part_shows_in_the_app(desk: Desk) -> None:
    desk.write_all()
    desk.register()
    desk.write("apps/docs.yaml", APP + "fallbacks: [a/b]\n")
    assert '+ fallbacks: ["a/b"]' in diff(desk.resolve("app/docs@1"), desk.resolve("app/docs")).as_text()


def test_datasets_case_by_case(desk: Desk) -> None:
    desk.write("evals/data/docs.jsonl", CASES)
    desk.register()
    desk.write("evals/data/docs.jsonl", CASES.replace('"a"', '"b"') + '{"id": "q3", "inputs": {"question": "c?"}}\n')
    found = diff(desk.resolve("dataset/docs@1"), desk.resolve("dataset/docs"), desk.registry)
    assert [change.field for change in found.changes] == ["q1.expectations.answer", "q3"]


def test_kinds_do_not_compare(desk: Desk) -> None:
    desk.write_all()
    with pytest.raises(InputError, match=r"app/docs and rag/docs are of different kinds"):
        diff(desk.resolve("app/docs"), desk.resolve("rag/docs"))


def test_a_diff_of_datasets_counts_and_names_the_cases(desk: Desk) -> None:
    first = '{"id": "a", "inputs": {"q": "How?"}}\n'
    desk.write("evals/data/d.jsonl", first + '{"id": "b", "inputs": {"q": "Who?"}, "scorers": ["contains"]}\n')
    desk.register()
    desk.write("evals/data/d.jsonl", first.replace("How?", "How long?") + '{"id": "c", "inputs": {"q": "Why?"}}\n')
    desk.register()
    found = diff(desk.resolve("dataset/d@1"), desk.resolve("dataset/d@2"), desk.registry)
    assert found.as_text().splitlines()[2:] == [
        "cases: 1 added, 1 removed, 1 changed",
        "- a.inputs.q: How?",
        "+ a.inputs.q: How long?",
        '+ c: {"id": "c", "inputs": {"q": "Why?"}}',
        '- b: {"id": "b", "inputs": {"q": "Who?"}, "scorers": [{"label": "contains", "scorer": "contains"}]}',
    ]


def test_the_same_cases_in_another_order_are_another_dataset(desk: Desk) -> None:
    lines = ['{"id": "a", "inputs": {"q": 1}}\n', '{"id": "b", "inputs": {"q": 2}}\n']
    desk.write("evals/data/d.jsonl", "".join(lines))
    desk.register()
    desk.write("evals/data/d.jsonl", "".join(reversed(lines)))
    found = diff(desk.resolve("dataset/d@1"), desk.resolve("dataset/d"), desk.registry)
    assert (found.same, found.changes, found.summary) == (False, (), "the same cases in another order")
