"""Checks that people write: a function of their own, named `module:function` in a policy.

    from llmops import check

    @check
    def mentions_a_rival(text: str) -> bool: ...

Parameters are matched by name: `text`, `stage`, `question`, `contexts`, `system`, `tool_calls`, `metadata`; any other is an
argument that the policy gives. It returns True where something is wrong, a text that says what, one `Finding` or several, or
nothing (None, False, an empty list). It may be `async def`; a plain function runs in a thread of its own. When its time is over
the policy goes on without it; a thread cannot be ended, so after `MAX_STUCK` that never returned it is not called any more.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from llmops.core.callables import call, import_attribute, match_arguments
from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.verdict import Finding
from llmops.guard.pipeline import Rubbish
from llmops.guard.protocol import Subject

F = TypeVar("F", bound=Callable[..., object])

SUBJECT_FIELDS: Final = frozenset({"text", "stage", "contexts", "system", "tool_calls", "metadata", "question"})
MAX_STUCK: Final = 8
_MARK: Final = "__llmops_check__"


def check(function: F) -> F:
    """Declare a function as a check; it stays an ordinary function."""
    setattr(function, _MARK, True)
    return function


@dataclass(frozen=True, slots=True)
class FunctionCheck:
    """A function as a slow check. `wants` are the parts of a subject that it takes."""

    function: Callable[..., object]
    name: str
    arguments: Mapping[str, Json]
    wants: tuple[str, ...]
    running: set[object] = field(default_factory=set)

    async def ainspect(self, subject: Subject) -> Iterable[Finding]:
        """Call the function with what it asks for."""
        given = {name: getattr(subject, name) for name in self.wants}
        if len(self.running) >= MAX_STUCK:
            raise RuntimeError(f"{len(self.running)} earlier calls of {self.name} have not come back")
        call_id = object()

        def counted(**arguments: object) -> object:
            self.running.add(call_id)
            try:
                return self.function(**arguments)
            finally:
                self.running.discard(call_id)

        is_async = inspect.iscoroutinefunction(self.function)
        found = await call(self.function if is_async else counted, {**given, **self.arguments})
        return as_findings(self.name, found, len(subject.text))


def wrap_function(function: object, *, name: str, arguments: Mapping[str, Json]) -> FunctionCheck:
    """Make a check of a function.

    Raises:
        InputError: it is no function, takes a parameter that nobody gives, or does not take an argument that is given.
    """
    if not callable(function) or isinstance(function, type):
        raise InputError(f"{name!r} is no function", hint="Name a function that takes text and says what is wrong.")
    wants = match_arguments(
        function,
        f"check {name!r}",
        arguments,
        offered=SUBJECT_FIELDS,
        also=("name", "action", "on_error", "timeout_ms"),
        hint=f"Give it in the policy, {name}: {{{{{{name}}: …}}}}; checks get {', '.join(sorted(SUBJECT_FIELDS))}.",
    )
    return FunctionCheck(function, name, dict(arguments), wants)


def as_findings(name: str, found: object, size: int) -> Iterable[Finding]:
    """What a function returned, as findings of a text of that size."""
    if found is None or found is False:
        return ()
    if found is True:
        return (Finding(0, size, "FOUND"),)
    if isinstance(found, str):
        return (Finding(0, size, "FOUND", note=found),) if found else ()
    if isinstance(found, Finding):
        return (found,)
    if isinstance(found, Iterable):
        return [item if isinstance(item, Finding) else _refused(name, item) for item in found]
    return [_refused(name, found)]


def import_check(path: str, root: Path | None) -> object:
    """The function or class that `module:name` means, with the workspace folder on the path while it is imported."""
    return import_attribute(path, root or Path.cwd(), "check")


def _refused(name: str, found: object) -> Finding:
    raise Rubbish(f"{name} returned {found!r:.80}, which is no bool, text or Finding")
