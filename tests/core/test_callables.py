"""Functions of other people: found with messages that help, and called without letting them break what calls them."""

import asyncio
import re
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from llmops.core.callables import call, import_attribute, match_arguments, module_source_of, source_of
from llmops.core.errors import InputError, NotFound
from llmops.core.hashing import Json


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Path]:
    """A workspace folder whose modules are forgotten afterwards."""
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.mark.parametrize(
    ("path", "source", "error", "message", "hint"),
    [
        (
            "absent_one:f",
            "",
            NotFound,
            "there is no module 'absent_one' for scorer 'absent_one:f'",
            "Put absent_one.py below",
        ),
        (
            "broken_two:f",
            "import absent_three\n",
            InputError,
            "No module named 'absent_three'",
            "pip install absent_three",
        ),
        ("broken_four:f", "def f(:\n", InputError, "importing broken_four failed: SyntaxError", "python -c"),
        (
            "broken_exit:f",
            "raise SystemExit(3)\n",
            InputError,
            "importing broken_exit failed: SystemExit: 3",
            "python -c",
        ),
        ("broken_five:f", "1 / 0\n", InputError, "importing broken_five failed: ZeroDivisionError", "python -c"),
        (
            "misspelt_six:cite",
            "def cites(output): return 1\n",
            NotFound,
            "module 'misspelt_six' has no 'cite'",
            "'cites'?",
        ),
    ],
)
def test_a_module_that_cannot_be_used_is_an_error_that_says_why(
    path: str, source: str, error: type[InputError], message: str, hint: str, workspace: Path
) -> None:
    if source:
        (workspace / f"{path.partition(':')[0]}.py").write_text(source, encoding="utf-8")
    before = list(sys.path)
    with pytest.raises(error, match=path.partition(":")[0]) as caught:
        import_attribute(path, workspace, "scorer")
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert sys.path == before


def test_a_module_of_the_workspace_that_another_one_hides_is_an_error(workspace: Path) -> None:
    (workspace / "json").mkdir()
    (workspace / "json" / "__init__.py").write_text("def dumps(output): return 1\n", encoding="utf-8")
    with pytest.raises(InputError, match="'json' is already the module") as caught:
        import_attribute("json:dumps", workspace, "scorer")
    assert caught.value.hint == "Rename yours."


def test_an_attribute_may_lie_deeper(workspace: Path) -> None:
    (workspace / "deep_seven.py").write_text("class Service:\n    def answer(self): return 1\n\nservice = Service()\n")
    found = import_attribute("deep_seven:service.answer", workspace, "target")
    assert callable(found)
    assert found() == 1


def test_a_plain_function_has_a_thread_of_its_own_and_an_async_one_the_loop() -> None:
    async def later(x: int) -> int:
        await asyncio.sleep(0)
        return x

    class Service:
        async def __call__(self, x: int) -> str:
            return threading.current_thread().name + str(x)

    def give_later(x: int) -> Json:
        return later(x)

    async def ask() -> list[object]:
        here = threading.current_thread().name
        name = await call(lambda: threading.current_thread().name, {})
        return [name == here, await call(later, {"x": 2}), await call(Service(), {"x": 3}) == f"{here}3",
                await call(give_later, {"x": 4})]  # fmt: skip

    assert asyncio.run(ask()) == [False, 2, True, 4]


def test_more_functions_block_at_once_than_a_pool_has_threads() -> None:
    barrier = threading.Barrier(40)

    async def ask() -> set[object]:
        return set(await asyncio.gather(*(call(lambda: barrier.wait(20) >= 0, {}) for _ in range(40))))

    assert asyncio.run(ask()) == {True}


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        (SystemExit(3), r"it ended the program: SystemExit\(3\)"),
        (StopIteration(), r"it let a StopIteration out: StopIteration\(\)"),
        (KeyError("price"), "price"),
    ],
)
def test_what_a_function_raises_reaches_whoever_waits(raised: BaseException, message: str) -> None:
    def fail() -> None:
        raise raised

    async def fail_later() -> None:
        raise raised

    with pytest.raises((RuntimeError, KeyError), match=message):
        asyncio.run(call(fail, {}))
    with pytest.raises((RuntimeError, KeyError), match=r"price|it ended|StopIteration"):
        asyncio.run(call(fail_later, {}))


def test_nobody_waits_for_a_call_that_was_given_up() -> None:
    release = threading.Event()

    async def ask() -> None:
        task = asyncio.ensure_future(call(lambda: release.wait(20), {}))
        await asyncio.sleep(0)
        task.cancel()
        (outcome,) = await asyncio.gather(task, return_exceptions=True)
        assert isinstance(outcome, asyncio.CancelledError)

    asyncio.run(ask())
    assert not release.is_set()
    release.set()


def test_a_function_is_known_by_its_source_and_by_that_of_its_module() -> None:
    def one() -> int:
        return 1

    assert "return 1" in source_of(one)
    assert "def one" in module_source_of(one)
    assert "import pytest" in module_source_of(one)
    assert source_of(len) == "builtins.len"
    assert module_source_of(len) == "builtins.len"
    assert "class partial" in source_of(partial(int)) or source_of(partial(int)) == "functools.partial"


def judged(output: str, /, tone: str) -> float:
    return float(tone in output)


def rated(output: str, tone: str, weight: float = 1.0) -> float:
    return weight * float(tone in output)


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (judged, {}, "scorer 'm:f': parameter 'output' cannot be given by name\nTake parameters by name."),
        (rated, {"tome": "x"}, "scorer 'm:f' takes no argument 'tome'\nDid you mean 'tone'?"),
        (rated, {}, "scorer 'm:f' needs the argument 'tone'\nGive it: {tone: …}."),
    ],
)
def test_arguments_that_do_not_fit_a_function_are_told(
    function: Callable[..., float], arguments: dict[str, str], message: str
) -> None:
    with pytest.raises(InputError, match="^" + re.escape(message)):
        match_arguments(
            function,
            "scorer 'm:f'",
            arguments,
            offered=frozenset({"output"}),
            also=("min",),
            hint="Give it: {{{name}: …}}.",
        )


def test_a_function_gets_what_it_asks_for() -> None:
    offered = frozenset({"output", "contexts"})
    assert match_arguments(rated, "scorer", {"tone": "x"}, offered=offered, also=(), hint="") == ("output",)
