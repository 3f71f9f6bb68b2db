"""Which tools a model may ask for, and with which arguments."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import ClassVar, Final

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.verdict import Finding, Stage
from llmops.guard.checks.json_schema import complaint_about, validator_of
from llmops.guard.protocol import Called, Subject

_HINT: Final = "Write tools: {allow: [search, 'read_*']}."


@dataclass(frozen=True)
class Tools:
    """Find tool calls that are not allowed.

    Args:
        allow: the names of tools that may be called, `*` standing for anything; without it all may that are not denied.
        deny: those that may not, also where `allow` has them.
        arguments: by tool, the JSON Schema that its arguments must keep to.
    """

    allow: tuple[str, ...] | None = None
    deny: tuple[str, ...] = ()
    arguments: Mapping[str, Json] = field(default_factory=dict)
    action: ClassVar[str] = "block"
    stages: ClassVar[tuple[Stage, ...]] = ("output",)

    def __post_init__(self) -> None:
        if self.allow is None and not self.deny and not self.arguments:
            raise InputError("there is no rule", hint=_HINT)
        for schema in self.arguments.values():
            validator_of(schema)

    def inspect(self, subject: Subject) -> Iterator[Finding]:
        """One finding over the whole answer for each call that breaks a rule."""
        for call in subject.tool_calls:
            for problem in self._problems(call):
                yield Finding(0, len(subject.text), "TOOL_CALL", note=f"{call.name}: {problem}")

    def _problems(self, call: Called) -> Iterator[str]:
        is_listed = self.allow is None or any(fnmatchcase(call.name, pattern) for pattern in self.allow)
        if not is_listed or any(fnmatchcase(call.name, pattern) for pattern in self.deny):
            yield "not allowed"
        elif call.name in self.arguments:
            problem = complaint_about(call.arguments, self.arguments[call.name])
            if problem:
                yield problem
