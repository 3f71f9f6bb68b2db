"""Outputs that are there already: read from files and from runs, found by case and repeat."""

import asyncio
from pathlib import Path

import pytest

from llmops.core.errors import InputError, InvalidFile
from llmops.domain.evaluation import Case, CaseResult
from llmops.domain.interaction import Reply, ToolCall, Usage
from llmops.evals.targets.recorded import NoOutput, RecordedTarget, read_recording, recording_of


def read(folder: Path, text: str, name: str = "outputs.jsonl") -> RecordedTarget:
    (folder / name).write_text(text, encoding="utf-8")
    return read_recording(folder / name, name)


def ask(target: RecordedTarget, name: str, repeat: int = 0) -> Reply:
    return asyncio.run(target.answer_case(Case(id=name, inputs={"question": "?"}), repeat=repeat))


def test_outputs_are_found_by_case_and_repeat(tmp_path: Path) -> None:
    target = read(
        tmp_path,
        '{"id": "a", "output": "first", "contexts": ["passage"], "usage": {"cost": 0.5}, "inputs": {"question": "?"}}\n'
        '{"id": "a", "repeat": 1, "output": "second"}\n'
        '{"case_id": 7, "output": {"price": 3}}\n',
    )
    first = ask(target, "a")
    assert (first.text, first.contexts[0].text, first.usage.cost) == ("first", "passage", 0.5)
    assert ask(target, "a", repeat=1).text == "second"
    assert ask(target, "7").data == {"price": 3}


def test_a_table_of_outputs(tmp_path: Path) -> None:
    target = read(
        tmp_path,
        'id,output,contexts,usage.cost,model\n007,"nine, to six","[""Open nine to six.""]",0.25,house/model\nb,12,,,\n',
        "outputs.csv",
    )
    reply = ask(target, "007")
    assert (reply.text, reply.usage, reply.model) == ("nine, to six", Usage(cost=0.25), "house/model")
    assert reply.contexts[0].text == "Open nine to six."
    assert ask(target, "b").text == "12"


def test_what_is_not_there_is_missing_and_says_so(tmp_path: Path) -> None:
    target = read(tmp_path, '{"id": "a", "output": "x"}\n{"id": "b", "error": "time-out"}\n')
    with pytest.raises(NoOutput, match=r"^outputs\.jsonl has no output for 'c'$"):
        ask(target, "c")
    with pytest.raises(NoOutput, match=r"outputs\.jsonl has no output for 'a', repeat 1"):
        ask(target, "a", repeat=1)
    with pytest.raises(NoOutput, match=r"outputs\.jsonl recorded a failure: time-out"):
        ask(target, "b")
    with pytest.raises(InputError, match="asked by the id of a case"):
        asyncio.run(target.answer({}))


def test_a_recording_of_other_cases_is_refused(tmp_path: Path) -> None:
    target = read(tmp_path, '{"id": "a", "output": "x"}\n')
    target.check([Case(id="a", inputs={}), Case(id="b", inputs={})])
    with pytest.raises(InputError, match=r"outputs\.jsonl has no output for any of the 1 cases") as caught:
        target.check([Case(id="b", inputs={})])
    assert "It has 'a'; the first case is 'b'" in caught.value.hint


def test_the_bytes_of_the_file_are_its_identity(tmp_path: Path) -> None:
    one = read(tmp_path, '{"id": "a", "output": "x"}\n')
    two = read(tmp_path, '{"id": "a", "output": "y"}\n')
    assert one.refs["target"].startswith("sha256:")
    assert one.refs != two.refs


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ('{"output": "x"}', "outputs.jsonl:1: 'id' is missing", "names its case"),
        ('{"id": "a"}', "outputs.jsonl:1: returned a mapping without 'output'", "output"),
        ('{"id": "a", "outputs": "x"}', "outputs.jsonl:1: unknown key 'outputs'", "Did you mean 'output'?"),
        ('{"id": "a", "output": "x", "repeat": -1}', "outputs.jsonl:1: repeat is -1", "Count from 0."),
        ('{"id": "a", "output": "x", "usage": 3}', "outputs.jsonl:1: usage is 3, which is no mapping", "cost"),
        (
            '{"id": "a", "output": "x"}\n{"id": "a", "output": "y"}',
            "outputs.jsonl:2: a second output for 'a', repeat 0",
            "The first is on line 1; number them",
        ),
    ],
)
def test_a_record_that_is_no_output_is_told_with_its_line(tmp_path: Path, text: str, message: str, hint: str) -> None:
    with pytest.raises(InvalidFile, match=r"outputs\.jsonl") as caught:
        read(tmp_path, text)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_an_unknown_column_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match=r"outputs\.csv:1: unknown column 'costs\.usd'"):
        read(tmp_path, "id,output,costs.usd\na,x,3\n", "outputs.csv")


def test_a_stored_run_is_a_recording() -> None:
    results = [
        CaseResult(case_id="a", cluster="a", inputs={}, output='{"x": 1}', model="m", usage=Usage(latency=0.5)),
        CaseResult(case_id="b", cluster="b", inputs={}, error="time-out"),
    ]
    target = recording_of("run-1", results)
    reply = ask(target, "a")
    assert (reply.text, reply.data, reply.model, reply.usage.latency) == ('{"x": 1}', {"x": 1}, "m", 0.5)
    with pytest.raises(NoOutput, match="run-1 recorded a failure: time-out"):
        ask(target, "b")


def test_a_stored_run_gives_back_what_scorers_read() -> None:
    calls = (ToolCall(name="search", arguments={"query": "x"}),)
    stored = CaseResult(case_id="a", cluster="a", inputs={}, output="", tool_calls=calls, logprobs=(-0.5,))
    reply = ask(
        recording_of("run-1", [CaseResult.model_validate_json(stored.model_dump_json(exclude_defaults=True))]), "a"
    )
    assert (reply.tool_calls, reply.logprobs) == (calls, (-0.5,))
