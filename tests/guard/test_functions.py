"""Functions of any kind behind a policy: nothing of a match goes in or comes out, and what is blocked is an error."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from llmops.core.errors import InputError
from llmops.guard.functions import Refused, guarded
from llmops.guard.policy import Policy
from tests.support.slow_checks import Slow, whole, with_slow_check

CHECKS = [{"pii": {"action": "redact"}}, {"phrases": {"phrases": ["launch codes"], "action": "block"}}]
POLICY = Policy.from_mapping({"input": CHECKS, "output": CHECKS, "block_message": "No."})
LEAK = "Write to jane.doe@example.org, please."
SECRET = "It is easy. The launch codes are 1234."

asked: list[str] = []


@pytest.fixture(autouse=True)
def nothing_asked() -> None:
    asked.clear()


@guarded(POLICY)
def answer(message: str, leak: str = LEAK) -> str:
    asked.append(message)
    return leak


@guarded(POLICY)
async def aanswer(message: str, leak: str = LEAK) -> str:
    return answer(message, leak)  # guarded by the one further out


@guarded(POLICY)
def pieces(message: str, leak: str = LEAK) -> Iterator[str]:
    asked.append(message)
    yield from (leak[at : at + 4] for at in range(0, len(leak), 4))


@guarded(POLICY)
async def apieces(message: str, leak: str = LEAK) -> AsyncIterator[str]:
    for piece in pieces(message, leak):
        yield piece


def called(kind: str, message: str, leak: str = LEAK) -> str:
    async def collect(shown: list[str]) -> None:
        shown.extend([piece async for piece in apieces(message, leak)])

    if kind == "def":
        return answer(message, leak=leak)
    if kind == "async def":
        return asyncio.run(aanswer(message, leak))
    shown: list[str] = []
    if kind == "generator":
        shown.extend(pieces(message, leak))
    else:
        asyncio.run(collect(shown))
    return "".join(shown)


KINDS = pytest.mark.parametrize("kind", ["def", "async def", "generator", "async generator"])


@KINDS
def test_texts_are_redacted_on_their_way_in_and_out(kind: str) -> None:
    assert called(kind, "I am ann@mail.example.") == "Write to [EMAIL], please."
    assert asked == ["I am [EMAIL]."]


@KINDS
def test_what_is_blocked_never_reaches_the_function(kind: str) -> None:
    with pytest.raises(
        Refused, match=r"(?s)the input was stopped by phrases of policy sha256:.*error\.verdict\.text"
    ) as raised:
        called(kind, "The launch codes!")
    assert asked == []
    assert raised.value.verdict.text == "No."


@KINDS
def test_an_answer_that_is_blocked_is_an_error(kind: str) -> None:
    with pytest.raises(Refused, match="the output was stopped by phrases"):
        called(kind, "Hi", SECRET)


def test_a_generator_shows_what_came_before_and_is_closed() -> None:
    closed: list[bool] = []

    @guarded(POLICY)
    def write(message: str) -> Iterator[str]:
        try:
            yield from (word + " " for word in SECRET.split() * 100)
        finally:
            closed.append(True)

    shown: list[str] = []
    with pytest.raises(Refused, match="the output was stopped"):
        shown.extend(write("Hi"))
    assert "".join(shown) == "It is easy. The "
    assert closed == [True]


def test_another_parameter_can_be_the_text_and_methods_have_theirs() -> None:
    class Desk:
        @guarded(POLICY)
        def reply(self, message: str) -> str:
            return message

    @guarded(POLICY, argument="text")
    def say(times: int, *, text: str) -> str:
        return text * times

    assert Desk().reply("I am a@b.com") == "I am [EMAIL]"
    assert say(2, text="a@b.com ") == "[EMAIL] [EMAIL] "


def test_what_is_no_text_is_refused() -> None:
    @guarded(POLICY)
    def count(message: str) -> int:
        return len(message)

    with pytest.raises(InputError, match=r"(?s)count gave int, and a guarded function.*argument="):
        count("Hi")
    with pytest.raises(InputError, match="was given 'message' as list"):
        count(["Hi"])  # type: ignore[arg-type]


def test_a_parameter_that_is_not_there_is_told() -> None:
    with pytest.raises(InputError, match=r"(?s)answer has no parameter 'mesage'.*message, leak"):
        guarded(POLICY, argument="mesage")(answer)
    with pytest.raises(InputError, match=r"(?s)takes nothing.*Guard a function that takes text"):
        guarded(POLICY)(lambda: "x")


def test_slow_checks_look_beside_generators_and_can_stop_them() -> None:
    written: list[str] = []

    def words() -> Iterator[str]:
        for number in range(100_000):
            written.append(f"rude {number} ")
            yield written[-1]

    @guarded(with_slow_check(Slow(lambda text: whole(text, "rude"))))
    def write(message: str) -> Iterator[str]:
        yield from words()

    @guarded(with_slow_check(Slow(lambda text: whole(text, "rude"))))
    async def awrite(message: str) -> AsyncIterator[str]:
        for word in words():
            yield word

    async def read() -> list[str]:
        return [piece async for piece in awrite("Hi")]

    with pytest.raises(Refused, match="the output was stopped by slow"):
        list(write("Hi"))
    assert 0 < len(written) < 100_000
    written.clear()
    with pytest.raises(Refused, match="the output was stopped by slow"):
        asyncio.run(read())
    assert 0 < len(written) < 100_000
