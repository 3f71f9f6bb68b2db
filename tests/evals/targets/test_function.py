"""A team's own function as a target: how it is called, what it is known by, when its answers are kept."""

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from llmops.core.callables import import_attribute
from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.interaction import Reply
from llmops.evals.targets.function import FunctionTarget, wrap_function


def ask(target: FunctionTarget, inputs: Mapping[str, Json], repeat: int = 0) -> Reply:
    return asyncio.run(target.answer(inputs, repeat=repeat))


def wrap(function: object, **arguments: Json) -> FunctionTarget:
    return wrap_function(function, "shop:answer", arguments=arguments)


def test_inputs_are_given_by_name() -> None:
    def answer(question: str, k: int = 5, tone: str = "plain") -> str:
        return f"{question} {k} {tone}"

    reply = ask(wrap(answer, tone="kind"), {"question": "When?", "k": 3})
    assert (reply.text, reply.model) == ("When? 3 kind", "shop:answer")
    assert reply.usage.latency > 0
    assert reply.at is not None


def test_one_mapping_takes_all_and_the_repeat_is_told() -> None:
    async def answer(inputs: dict[str, Json], repeat: int) -> dict[str, Json]:
        return {"output": f"{sorted(inputs)} {repeat}", "contexts": ["a passage"]}

    reply = ask(wrap(answer), {"question": "When?", "lang": "en"}, repeat=2)
    assert reply.text == "['lang', 'question'] 2"
    assert reply.contexts[0].text == "a passage"


def test_others_may_be_taken_by_a_catch_all() -> None:
    assert ask(wrap(lambda question, **others: f"{question}{others}"), {"question": "q", "a": 1}).text == "q{'a': 1}"


@pytest.mark.parametrize(
    ("inputs", "message", "hint"),
    [
        ({"qestion": "x"}, "shop:answer takes no input 'qestion'", "Did you mean 'question'? Or take **others"),
        ({}, "shop:answer needs the input 'question', which the case does not have", "give the parameter a default"),
    ],
)
def test_inputs_that_do_not_fit_are_told(inputs: dict[str, Json], message: str, hint: str) -> None:
    with pytest.raises(InputError, match="shop:answer") as caught:
        ask(wrap(lambda question: question), inputs)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_its_own_exceptions_pass() -> None:
    def answer(question: str) -> str:
        raise KeyError(question)

    with pytest.raises(KeyError, match="When"):
        ask(wrap(answer), {"question": "When?"})


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (42, {}, "target 'shop:answer' is no function"),
        (Reply, {}, "target 'shop:answer' is no function"),
        (lambda question, /: question, {}, "target 'shop:answer': parameter 'question' cannot be given by name"),
        (lambda question, k=1: question, {"n": 2}, "target 'shop:answer' takes no argument 'n'"),
        (lambda question, repeat=1: question, {"repeat": 2}, "target 'shop:answer' takes no argument 'repeat'"),
    ],
)
def test_what_cannot_be_called_is_refused_at_once(function: object, arguments: dict[str, Json], message: str) -> None:
    with pytest.raises(InputError, match="shop:answer") as caught:
        wrap(function, **arguments)
    assert message in caught.value.message
    assert caught.value.hint


def test_it_is_known_by_its_module_version_and_arguments(tmp_path: Path) -> None:
    def load(name: str, source: str) -> Callable[..., object]:
        (tmp_path / f"{name}.py").write_text(source)
        found = import_attribute(f"{name}:answer", tmp_path, "target")
        assert callable(found)
        return found

    one = load("known_by_one", "K = 1\ndef answer(question): return K\n")
    two = load("known_by_two", "K = 2\ndef answer(question): return K\n")
    refs = {
        wrap_function(function, "m:answer", arguments=arguments, version=version).refs["target"]
        for function, arguments, version in [(one, {}, ""), (two, {}, ""), (one, {"question": 1}, ""), (one, {}, "2")]
    }
    assert len(refs) == 4
    assert wrap(one).refs == wrap(one).refs


def test_a_busy_loop_is_no_latency_of_the_function() -> None:
    async def keep_busy() -> tuple[Reply, float]:
        began = time.perf_counter()
        task = asyncio.ensure_future(wrap(lambda question: question).answer({"question": "a"}))
        await asyncio.sleep(0)
        for thread in threading.enumerate():
            if thread.name == "llmops-call":
                thread.join(30)  # the loop does nothing else meanwhile, as while a scorer computes
        ended = time.perf_counter()
        return await task, ended - began

    reply, took = asyncio.run(keep_busy())
    assert reply.usage.latency < took
