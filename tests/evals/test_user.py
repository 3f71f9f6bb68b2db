"""Scorers that people write: what a function may take and return, and what each mistake is answered with."""

import asyncio
import sys
import threading
from collections.abc import Awaitable, Iterator
from functools import partial
from pathlib import Path

import pytest

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.corpus import Context
from llmops.domain.evaluation import Score
from llmops.domain.interaction import Reply, Usage
from llmops.domain.ports import Embedder, Sample, Scorer
from llmops.domain.suite import ScorerSpec
from llmops.evals.loading import Services, load_scorer
from llmops.evals.user import scorer, wrap_function

SAMPLE = Sample(
    output="Paris [1]",
    inputs={"question": "Capital?"},
    expectations={"answer": "Paris"},
    contexts=(Context(id="c1", text="Paris is the capital."),),
    metadata={"lang": "en"},
    reply=Reply(id="r", text="Paris [1]", usage=Usage(latency=0.5)),
)


def run(function: object, sample: Sample = SAMPLE, **arguments: Json) -> Score:
    wrapped = wrap_function(function, name="mine:it", arguments=arguments)
    found = wrapped.score(sample)
    assert isinstance(found, Awaitable)

    async def ask() -> Score:
        return await found

    return asyncio.run(ask())


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Path]:
    """A workspace folder whose modules are forgotten afterwards."""
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def test_parameters_are_matched_by_name() -> None:
    def everything(
        output: str,
        inputs: dict[str, Json],
        expectations: dict[str, Json],
        contexts: list[str],
        metadata: dict[str, Json],
        reply: Reply,
    ) -> float:
        assert (output, inputs["question"], expectations["answer"]) == ("Paris [1]", "Capital?", "Paris")
        assert (contexts, metadata["lang"], reply.usage.latency) == (["Paris is the capital."], "en", 0.5)
        return 0.75

    assert run(everything) == Score(value=0.75)


def test_contexts_come_whole_where_the_annotation_says_so() -> None:
    def first_id(contexts: list[Context]) -> bool:
        return contexts[0].id == "c1"

    assert run(first_id) == Score(value=1.0, passed=True)


def test_a_plain_function_may_block_and_an_async_one_may_await() -> None:
    def where(output: str) -> bool:
        return threading.current_thread() is not threading.main_thread()

    async def later(output: str) -> float:
        await asyncio.sleep(0)
        return 0.5

    assert run(where).value == 1.0
    assert run(later).value == 0.5


@pytest.mark.parametrize(
    ("returned", "score"),
    [
        (1, Score(value=1.0)),
        (True, Score(value=1.0, passed=True)),
        (False, Score(value=0.0, passed=False)),
        ("polite", Score(label="polite")),
        (Score.missing("no verdict"), Score.missing("no verdict")),
        (None, Score.missing("mine:it returned None, which is no number, bool, label or Score")),
        ([1], Score.missing("mine:it returned [1], which is no number, bool, label or Score")),
    ],
)
def test_what_a_function_returns_becomes_a_score(returned: object, score: Score) -> None:
    assert run(lambda: returned) == score


def test_other_parameters_are_arguments_of_the_suite() -> None:
    def shorter(output: str, limit: int, factor: int = 1) -> bool:
        return len(output) < limit * factor

    assert run(shorter, limit=10).passed is True
    assert run(shorter, limit=3, factor=2).passed is False


@pytest.mark.parametrize(
    ("function", "arguments", "message", "hint"),
    [
        (
            lambda output, limit: 0,
            {},
            "scorer 'mine:it' needs the argument 'limit'",
            "mine:it: {limit: …}; samples have contexts,",
        ),
        (lambda output, limit: 0, {"limt": 3}, "scorer 'mine:it' takes no argument 'limt'", "Did you mean 'limit'?"),
        (lambda output: 0, {"output": "x"}, "scorer 'mine:it' takes no argument 'output'", "Known: max, min, name."),
        (lambda *texts: 0, {}, "parameter 'texts' cannot be given by name", "Take parameters by name."),
        (42, {}, "'mine:it' is no function", "Name a function that takes output"),
        (Sample, {}, "'mine:it' is no function", "Name a function that takes output"),
    ],
)
def test_a_function_that_cannot_be_called_is_refused(
    function: object, arguments: dict[str, Json], message: str, hint: str
) -> None:
    with pytest.raises(InputError, match="mine:it") as caught:
        wrap_function(function, name="mine:it", arguments=arguments)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_the_decorator_declares_and_leaves_the_function_alone() -> None:
    @scorer(direction="lower", range=None, unit="words", version="2")
    def words(output: str) -> int:
        return len(output.split())

    assert words("a b c") == 3
    wrapped: Scorer = wrap_function(words, name="mine:words", arguments={})
    assert (wrapped.direction, wrapped.range, wrapped.unit) == ("lower", None, "words")
    assert wrapped.identity == {"name": "mine:words", "version": "2", "arguments": {}}


def test_the_decorator_needs_no_brackets() -> None:
    @scorer
    def half(output: str) -> float:
        return 0.5

    assert run(half).value == 0.5


def test_changed_source_is_another_identity() -> None:
    def one(output: str) -> float:
        return 1.0

    def two(output: str) -> float:
        return 2.0

    first, second = (wrap_function(f, name="mine:it", arguments={}) for f in (one, two))
    assert first.identity != second.identity
    assert first.identity == wrap_function(one, name="mine:it", arguments={}).identity


def test_a_callable_object_is_a_function_too() -> None:
    half = partial(round, ndigits=1)
    assert wrap_function(half, name="mine:it", arguments={"number": 0.54}).identity["version"].startswith("sha256:")
    assert run(half, number=0.54) == Score(value=0.5)


def refuse_embedder() -> Embedder:
    raise AssertionError("nobody asked for the embedder")


def test_a_suite_names_a_function_of_the_workspace(workspace: Path) -> None:
    (workspace / "my_scorers.py").write_text(
        "def cites(output, mark='['):\n    return mark in output\n", encoding="utf-8"
    )
    before = list(sys.path)
    spec = ScorerSpec(scorer="my_scorers:cites", label="cites", arguments={"mark": "(("}, min=1)
    loaded = load_scorer(spec, Services(embedder=refuse_embedder, root=workspace))
    assert sys.path == before
    assert (loaded.label, loaded.min) == ("cites", 1)
    score = loaded.scorer.score(SAMPLE)
    assert isinstance(score, Awaitable)
    assert loaded.scorer.identity["arguments"] == {"mark": "(("}

    async def ask() -> Score:
        return await score

    assert asyncio.run(ask()) == Score(value=0.0, passed=False)
