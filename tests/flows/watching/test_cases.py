"""The cases of a dataset as a monitor's reference."""

import json
import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.evaluation import Case
from llmops.flows.watching.cases import as_interaction
from llmops.workspace.workspace import Workspace, open_workspace
from tests.support.monitored import NOW, evaluated, states, traffic, write_monitor
from tests.support.workspaces import make_workspace


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with open_workspace(make_workspace(tmp_path / "shop")) as opened:
        yield opened


def write_cases(ws: Workspace, cases: Sequence[dict[str, Json]]) -> None:
    path = ws.root / "evals" / "data" / "ref.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps({"id": f"c{n}", "inputs": {"question": "Why?"}, **case}) for n, case in enumerate(cases))
    path.write_text("".join(f"{line}\n" for line in lines))


def answers(count: int, langs: str = "ed") -> list[dict[str, Json]]:
    """Cases whose expected answers are as long as those of `traffic`, sorted by length."""
    draw = random.Random(5)
    words = sorted(draw.randint(5, 50) for _ in range(count))
    return [
        {"expectations": {"answer": "word " * n}, "metadata": {"lang": {"e": "en", "d": "de"}[draw.choice(langs)]}}
        for n in words
    ]


def watch(ws: Workspace, signals: str, *, more: str = "", target: str = "{app: docs}") -> None:
    write_monitor(ws.root, f"target: {target}\nsignals: [{signals}]\nreference: {{dataset: ref}}\n{more}")
    ws.register()


def test_traffic_is_compared_with_expected_answers(ws: Workspace) -> None:
    write_cases(ws, answers(500))
    watch(ws, "length, refusal", more="segments: [metadata.lang]\n")
    assert evaluated(ws).read == 0
    ws.store.interactions.add(list(traffic(400)))
    done = evaluated(ws, now=NOW + timedelta(hours=1))
    assert (done.read, set(states(done).values())) == (400, {"ok"})
    assert [(one.observations, one.note) for one in done.statuses if not one.segment] == [(400, ""), (400, "")]
    ws.store.interactions.add(list(traffic(100, first=400, output="word " * 60)))
    assert states(evaluated(ws, now=NOW + timedelta(hours=2)))["length"] == "drift"
    write_cases(ws, answers(501))
    assert evaluated(ws, now=NOW + timedelta(hours=3)).notes == (
        "monitor/docs begins anew with a new reference: it was changed",
    )


def test_a_segment_with_few_cases_gathers_a_reference_of_its_own(ws: Workspace) -> None:
    write_cases(ws, [*answers(300, "e"), *answers(50, "d")])
    watch(ws, "length", more="segments: [metadata.lang]\n")
    ws.store.interactions.add(list(traffic(600)))
    found = {one.segment: one for one in evaluated(ws).statuses}
    assert (found["metadata.lang=en"].observations > 250, found[""].observations) == (True, 600)
    assert 0 < found["metadata.lang=de"].observations < 150


def test_rows_of_a_classic_model_are_compared_with_the_data_it_was_trained_on(ws: Workspace) -> None:
    cases = [{"inputs": {"age": 30 + n % 20}, "expectations": {"label": "nnns"[n % 4]}} for n in range(500)]
    write_cases(ws, cases)
    signals = "column: {name: age, of: metadata.age}, column: {name: class, of: output, type: category}"
    watch(ws, signals, target="{model: churn, file: rows.jsonl}")
    rows = [{"age": 30 + n * 7 % 20, "prediction": "nsnn"[n * 3 % 4]} for n in range(300)]
    (ws.root / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert states(evaluated(ws)) == {"age": "ok", "class": "ok"}
    older = [{"age": 45 + n % 20, "prediction": "s"} for n in range(200)]
    (ws.root / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows + older))
    assert states(evaluated(ws)) == {"age": "drift", "class": "drift"}


def test_a_sampled_signal_looks_at_every_case(ws: Workspace) -> None:
    write_cases(ws, [{**one, "inputs": {"question": f"Why {n}?"}} for n, one in enumerate(answers(320))])
    watch(ws, "embedding: {sample: 0.1}, judged: {scorer: contains, sample: 0.1, arguments: {value: word}}")
    done = evaluated(ws)
    assert [one.state for one in done.statuses] == ["ok", "ok"]


@pytest.mark.parametrize(
    ("signals", "count", "said"),
    [
        (
            "length, latency", 300,
            r"signal 'latency' cannot be computed from dataset/ref: its cases do not tell how long answers took\n"
            r"Write reference: \{last: 14d\}",
        ),
        ("errors", 300, r"do not tell which requests failed"),
        ("hits", 300, r"do not tell how many contexts were found"),
        ("format: {schema: prompt}", 300, r"do not tell which prompt was answered"),
        ("support", 300, r"signal 'support' has no value in any of the 300 cases of dataset/ref\nGive the cases what it reads"),
        (
            "column: {of: metadata.lang}", 300,
            r"no value in any of the 300 cases of dataset/ref; 300 could not be read: ValueError: could not convert",
        ),
        (
            "length", 150,
            r"signal 'length' has 150 values in dataset/ref, and 200 are needed\nAdd cases, or write minimum: 150, or write ref",
        ),
        (
            "column: {of: metadata.lang, type: category}", 250,
            r"has 250 values in dataset/ref, and 200 are needed after the first 100\nAdd cases, or write minimum: 150,",
        ),
    ],
)  # fmt: skip
def test_what_cases_cannot_tell_is_said(ws: Workspace, signals: str, count: int, said: str) -> None:
    write_cases(ws, answers(count))
    watch(ws, signals)
    with pytest.raises(InputError, match=said):
        evaluated(ws)


def test_outputs_that_were_recorded_come_before_those_that_are_expected() -> None:
    def output(**parts: Json) -> str:
        return as_interaction(Case(id="a", inputs={}, **parts)).output

    assert output(expectations={"answer": "yes", "contexts": ["x"]}, metadata={"output": "no"}) == "no"
    assert output(expectations={"output": {"label": 1}, "answer": "yes"}) == '{"label": 1}'
    assert output(expectations={"label": 0}) == "0"
    assert output() == ""
    case = Case(id="a", inputs={"age": 3}, expectations={"contexts": ["x", "y"]}, metadata={"lang": "de"})
    assert [context.text for context in as_interaction(case).contexts] == ["x", "y"]
    assert as_interaction(case).metadata == {"lang": "de"}
    assert as_interaction(case, is_model=True).metadata == {"age": 3, "lang": "de"}
