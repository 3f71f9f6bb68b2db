"""From an index to a dataset of questions: written once, continued after a kill, never over somebody's file."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import llmops
from llmops.core.errors import Conflict, InputError, ModelError
from llmops.core.hashing import Json
from llmops.flows.questions import QuestionReport
from tests.support.judges import prompt_of
from tests.support.model_server import Behaviour, ModelServer, model_server


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server() as running:
        running.behaviour = Behaviour(reply=reply)
        yield running


@pytest.fixture
def shop(ready: Path, server: ModelServer) -> Path:
    """The workspace with a model that writes."""
    with (ready / "llmops.toml").open("a") as file:
        file.write(f'\n[connections.house]\napi_base = "{server.api_base}"\n')
    return ready


def reply(body: Json) -> str:
    """Ask for the first six words of a passage."""
    if prompt_of(body) == "judge/check_question":
        return json.dumps({"reason": "it does", "verdict": "yes"})
    passage = body["messages"][-1]["content"].split("\n", 1)[1].split("\n>>>")[0]
    words = " ".join(passage.split()[:6])
    return json.dumps({"question": f"What is said of {words}?", "answer": words})


def write(shop: Path, count: int = 3, *, model: str = "house/m", output: str = "") -> QuestionReport:
    with llmops.open(shop) as ws:
        return ws.index("docs").write_questions(count=count, model=model, output=output)


def lines(shop: Path, name: str = "docs-questions") -> list[dict[str, Json]]:
    text = (shop / "evals" / "data" / f"{name}.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def test_questions_become_a_dataset_that_registers_and_evaluates(shop: Path) -> None:
    report = write(shop)
    assert (report.path, report.before, report.written, report.calls) == ("evals/data/docs-questions.jsonl", 0, 3, 6)
    first = lines(shop)[0]
    assert set(first["expectations"]) == {"answer", "relevant", "contexts"}
    assert first["metadata"]["model"] == "house/m"
    assert first["metadata"]["cluster"] == first["expectations"]["relevant"][0]
    (shop / "evals" / "made.yaml").write_text(
        "target: {app: docs}\ndataset: evals/data/docs-questions.jsonl\nscorers: [hit_rate, context_overlap]\n"
    )
    with llmops.open(shop) as ws:
        assert {score.label: score.n for score in ws.eval("made").scores} == {"hit_rate": 3, "context_overlap": 3}


def test_a_file_that_was_begun_is_continued_and_nothing_is_asked_twice(shop: Path, server: ModelServer) -> None:
    write(shop, 2)
    path = shop / "evals" / "data" / "docs-questions.jsonl"
    begun = path.read_bytes()
    path.write_bytes(begun + b'{"id": "q-half')  # as a kill leaves it
    before = len(server.requests)
    report = write(shop, 3)
    assert (report.before, report.written) == (2, 1)
    assert path.read_bytes().startswith(begun)
    assert len(lines(shop)) == len({case["id"] for case in lines(shop)}) == 3
    assert len(server.requests) - before == 2
    assert write(shop, 3).written == 0


def test_the_draw_is_the_seeds(shop: Path) -> None:
    write(shop, 2, output="first")
    write(shop, 2, output="again")
    assert [case["id"] for case in lines(shop, "first")] == [case["id"] for case in lines(shop, "again")]


def test_what_the_check_rejects_is_left_out_and_counted(shop: Path, server: ModelServer) -> None:
    def refuse(body: Json) -> str:
        return reply(body).replace('"yes"', '"no"')

    server.behaviour = Behaviour(reply=refuse)
    report = write(shop)
    assert report.written == 0
    assert set(report.left_out) == {"the passage does not answer it"}
    assert "Left out: " in report.in_words()
    assert not (shop / "evals" / "data" / "docs-questions.jsonl").exists()


def test_a_file_of_somebody_else_is_left_alone(shop: Path) -> None:
    path = shop / "evals" / "data" / "mine.jsonl"
    path.write_text('{"id": "a", "inputs": {"question": "Why?"}}\n')
    with pytest.raises(
        Conflict, match=r"evals/data/mine\.jsonl holds cases that were not written from index 'docs'"
    ) as caught:
        write(shop, output="mine")
    assert caught.value.hint == "Choose another file: llmops index questions docs -o NAME"
    path.write_text("no newline")
    with pytest.raises(Conflict, match=r"evals/data/mine\.jsonl is no dataset"):
        write(shop, output="mine")
    assert path.read_text() == "no newline"


def test_a_model_that_is_none_is_refused_with_what_to_type(shop: Path) -> None:
    with pytest.raises(
        InputError, match="offline/extractive is no language model and cannot write questions"
    ) as caught:
        write(shop, model="offline/extractive")
    assert "llmops index questions docs --model" in caught.value.hint


def test_an_index_that_is_not_built_is_named(workspace: Path, server: ModelServer) -> None:
    with (workspace / "llmops.toml").open("a") as file:
        file.write(f'\n[connections.house]\napi_base = "{server.api_base}"\n')
    with pytest.raises(InputError, match="index 'docs' has not been built") as caught:
        write(workspace)
    assert caught.value.hint == "llmops index sync docs"


def test_a_dead_model_ends_it_and_what_is_written_stays(shop: Path, server: ModelServer) -> None:
    write(shop, 1)
    server.behaviour = Behaviour(status=401)
    with pytest.raises(ModelError, match="401"):
        write(shop, 20)
    assert len(lines(shop)) == 1
