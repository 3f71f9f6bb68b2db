"""Guards any function that takes and gives text: plain, async, or one that gives its text piece by piece.

    @guarded(ws.guard("chat@production"))
    def answer(message: str) -> str: ...

What is redacted of the message never reaches the function, and what is redacted of its text never its caller. Where something is
blocked `Refused` is raised: before the function runs, in place of its text, or after the pieces that had been given out.
"""

import functools
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Final, ParamSpec, TypeVar, cast

from llmops.core.errors import CheckFailed, InputError
from llmops.core.hashing import Json
from llmops.domain.verdict import Verdict
from llmops.guard.holding import Holder, acurrent, current
from llmops.guard.noting import Happening, inside, log_of, written_down
from llmops.guard.once import is_looking, looking
from llmops.guard.policy import Policy
from llmops.guard.streaming import TextStream
from llmops.guard.watching import Watch

P = ParamSpec("P")
R = TypeVar("R")

_END: Final = object()


class Refused(CheckFailed):
    """A text must not go on. `verdict` has the checks that say so; its `text` is the policy's message for the user."""

    def __init__(self, verdict: Verdict) -> None:
        checks = ", ".join(outcome.check for outcome in verdict.outcomes if outcome.stops)
        super().__init__(
            f"the {verdict.stage} was stopped by {checks} of policy {verdict.ref or verdict.policy[:19]}",
            hint="Show your user `error.verdict.text`; `error.verdict.findings` says what was found.",
        )
        self.verdict = verdict


def guarded(policy: Policy | Holder, *, argument: str | None = None) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Guard a function, coroutine function, generator or async generator.

    Args:
        policy: a Policy, or what holds one: `ws.guard(ref)`, `ws.app(ref).policy`. Its version is looked up for each call.
        argument: which parameter is the text that goes in; the first one by default.

    Raises:
        InputError: the function has no such parameter; when it is called, its argument or what it gives is no text.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        guard = _Guarded(policy, function, inspect.signature(function), _parameter(function, argument))
        if inspect.isasyncgenfunction(function):
            made: Callable[..., Json] = _async_pieces(guard)
        elif inspect.isgeneratorfunction(function):
            made = _pieces(guard)
        elif inspect.iscoroutinefunction(function):
            made = _async_text(guard)
        else:
            made = _text(guard)
        return cast("Callable[P, R]", functools.wraps(function)(made))

    return decorate


@dataclass(frozen=True, slots=True)
class _Guarded:
    """A function with the parameter that is looked at."""

    holder: Policy | Holder
    function: Callable[..., Json]
    signature: inspect.Signature
    name: str

    def policy(self) -> Policy | None:
        """The version that guards this call; None where somebody further out guards with it."""
        policy = current(self.holder)
        return None if is_looking(policy.digest) else policy

    async def apolicy(self) -> Policy | None:
        """`policy`, for async functions."""
        policy = await acurrent(self.holder)
        return None if is_looking(policy.digest) else policy

    def bind(self, args: tuple[Json, ...], kwargs: dict[str, Json]) -> inspect.BoundArguments:
        """The arguments, of which one is a text."""
        bound = self.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        self.check_kind(bound.arguments[self.name], f"was given {self.name!r} as")
        return bound

    def check_kind(self, value: Json, what: str) -> None:
        """Refuse what is no text, which no check could look at."""
        if not isinstance(value, str):
            raise InputError(
                f"{self.function.__qualname__} {what} {type(value).__name__}, and a guarded function takes and gives text",
                hint='Name the parameter that is text, @guarded(policy, argument="…"), or guard a function further in.',
            )


def _text(guard: _Guarded) -> Callable[..., Json]:
    def call(*args: Json, **kwargs: Json) -> Json:
        policy, bound = guard.policy(), guard.bind(args, kwargs)
        if policy is None:
            return guard.function(*args, **kwargs)
        told = Happening(policy, [bound.arguments[guard.name]])
        with written_down(log_of(guard.holder), told):
            bound.arguments[guard.name] = _passed(policy.check_input(bound.arguments[guard.name]), told)
            with looking(policy.digest):
                text = guard.function(*bound.args, **bound.kwargs)
            guard.check_kind(text, "gave")
            told.answered.append(_passed(policy.check_output(text, question=bound.arguments[guard.name]), told))
            return told.answered[-1]

    return call


def _async_text(guard: _Guarded) -> Callable[..., Json]:
    async def call(*args: Json, **kwargs: Json) -> Json:
        policy, bound = await guard.apolicy(), guard.bind(args, kwargs)
        if policy is None:
            return await guard.function(*args, **kwargs)
        told = Happening(policy, [bound.arguments[guard.name]])
        with written_down(log_of(guard.holder), told):
            bound.arguments[guard.name] = _passed(await policy.acheck_input(bound.arguments[guard.name]), told)
            with looking(policy.digest):
                text = await guard.function(*bound.args, **bound.kwargs)
            guard.check_kind(text, "gave")
            told.answered.append(_passed(await policy.acheck_output(text, question=bound.arguments[guard.name]), told))
            return told.answered[-1]

    return call


def _pieces(guard: _Guarded) -> Callable[..., Json]:
    def call(*args: Json, **kwargs: Json) -> Iterator[str]:
        policy, bound = guard.policy(), guard.bind(args, kwargs)
        if policy is None:
            yield from guard.function(*args, **kwargs)
            return
        told, log = Happening(policy, [bound.arguments[guard.name]]), log_of(guard.holder)
        stream, watch, pieces = policy.stream(), Watch(policy), None
        try:
            bound.arguments[guard.name] = watch.question = _passed(policy.check_input(told.asked[0]), told)
            pieces = guard.function(*bound.args, **bound.kwargs)
            while stream.stopped is None:
                with looking(policy.digest), inside(log, told):
                    piece: Json = next(pieces, _END)
                if piece is _END:
                    break
                guard.check_kind(piece, "gave")
                if shown := _seen(stream, watch, piece, told):
                    yield shown
            if rest := _rest(stream, told):
                yield rest
            _passed(_stopped(policy, stream) or policy.check_output(stream.text, question=watch.question), told)
        finally:
            watch.close()
            if pieces is not None:
                pieces.close()
            if log is not None:
                log.write_down(told)

    return call


def _async_pieces(guard: _Guarded) -> Callable[..., Json]:
    async def call(*args: Json, **kwargs: Json) -> AsyncIterator[str]:
        policy, bound = await guard.apolicy(), guard.bind(args, kwargs)
        if policy is None:
            async for piece in guard.function(*args, **kwargs):
                yield piece
            return
        told, log = Happening(policy, [bound.arguments[guard.name]]), log_of(guard.holder)
        stream, watch, pieces = policy.stream(), Watch(policy), None
        try:
            bound.arguments[guard.name] = watch.question = _passed(await policy.acheck_input(told.asked[0]), told)
            pieces = guard.function(*bound.args, **bound.kwargs)
            while stream.stopped is None:
                with looking(policy.digest), inside(log, told):
                    piece = await anext(pieces, _END)
                if piece is _END:
                    break
                guard.check_kind(piece, "gave")
                if shown := _seen(stream, watch, piece, told):
                    yield shown
            if rest := _rest(stream, told):
                yield rest
            verdict = _stopped(policy, stream) or await policy.acheck_output(stream.text, question=watch.question)
            _passed(verdict, told)
        finally:
            watch.close()
            if pieces is not None:
                await pieces.aclose()
            if log is not None:
                log.write_down(told)

    return call


def _seen(stream: TextStream, watch: Watch, piece: str, told: Happening) -> str:
    """What may be shown after another piece, which slow checks look at in the background."""
    shown = stream.feed(piece)
    watch.follow(stream)
    told.show(shown)
    return shown


def _rest(stream: TextStream, told: Happening) -> str:
    rest = stream.finish()
    told.show(rest)
    return rest


def _passed(verdict: Verdict, told: Happening) -> str:
    """The text as it may go on, once what was decided is told."""
    told.verdicts.append(verdict)
    if verdict.blocked:
        raise Refused(verdict)
    return verdict.text


def _stopped(policy: Policy, stream: TextStream) -> Verdict | None:
    return policy.verdict("output", [stream.stopped], stream.text) if stream.stopped is not None else None


def _parameter(function: Callable[..., Json], argument: str | None) -> str:
    parameters = [name for name in inspect.signature(function).parameters if name not in ("self", "cls")]
    if argument is None and parameters:
        return parameters[0]
    if argument in parameters:
        return str(argument)
    raise InputError(
        f"{function.__qualname__} has no parameter {argument!r}"
        if argument
        else f"{function.__qualname__} takes nothing",
        hint=f"Name one of its parameters: {', '.join(parameters)}."
        if parameters
        else "Guard a function that takes text.",
    )
