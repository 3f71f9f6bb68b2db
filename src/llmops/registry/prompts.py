"""A prompt of one version, ready to render messages.

Everything that depends on the template alone (cut into messages, compiled, surveyed for names) happens once, when the
prompt is made; rendering checks the values and puts them in.
"""

import copy
from collections.abc import Mapping, Sequence
from typing import Final

from llmops.core.errors import RenderError
from llmops.core.hashing import Json
from llmops.domain.artifact import InputSpec, PromptSpec
from llmops.domain.interaction import Message
from llmops.registry.inputs import CONTEXTS, fill_inputs
from llmops.registry.messages import history_place, read_turns, split_messages
from llmops.text.templates import Template, compile_template

_CONTEXTS: Final = InputSpec(type="array", description="What retrieval found, best first.")


class Prompt:
    """One version of a prompt.

    Args:
        name: of the artifact.
        digest: of the version.
        spec: the version's content.
        number: of the version; None for a working file that is not registered.
        includes: the bodies of all prompts that it includes, also indirectly, by the names it uses for them.

    Raises:
        RenderError: the body does not compile.
    """

    def __init__(
        self,
        name: str,
        digest: str,
        spec: PromptSpec,
        number: int | None = None,
        includes: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.digest = digest
        self.spec = spec
        self.number = number
        self.includes = dict(includes or {})
        self.served_from = "working file" if number is None else "store"
        sections = split_messages(spec.body, f"prompt/{name}")
        self._history_place = history_place(sections)
        self._templates = [
            None
            if section.role == "history"
            else (
                section.role,
                compile_template(section.text, name=f"prompt/{name}", includes=includes, first_line=section.line),
            )
            for section in sections
        ]
        self.inputs: Mapping[str, InputSpec] = find_inputs(spec.inputs, [item[1] for item in self._templates if item])

    def __repr__(self) -> str:
        return f"Prompt({self})"

    def __str__(self) -> str:
        return f"prompt/{self.name}@{self.number or self.digest[:19]}"

    @property
    def is_fallback(self) -> bool:
        """Whether it is a copy or a stand-in, because the store could not be asked."""
        return self.served_from in ("last known good", "fallback file")

    def marked(self, served_from: str) -> "Prompt":
        """The same prompt, marked with where it comes from."""
        other = copy.copy(self)
        other.served_from = served_from
        return other

    def render(self, /, *, history: Sequence[Message | Mapping[str, Json]] = (), **values: Json) -> list[Message]:
        """Put values in and return the messages; those that come out empty are left out.

        Args:
            history: earlier turns; they go where the body says `history:`, else before its last user message.
            values: one for each input that has no default. `contexts` may hold Context objects or maps.

        Raises:
            RenderError: an input is missing, unknown or of the wrong type, a turn is none, or the template fails.
        """
        filled = fill_inputs(self.inputs, values, f"prompt/{self.name}")
        turns = read_turns(history) if history else []
        messages: list[Message] = []
        for index, item in enumerate(self._templates):
            if index == self._history_place:
                messages.extend(turns)
            if item is not None:
                text = item[1].render_plain(filled).strip()
                if text:
                    messages.append(Message(role=item[0], content=text))
        if self._history_place == len(self._templates):
            messages.extend(turns)
        if not messages:
            raise RenderError(
                f"prompt/{self.name} renders to nothing", hint="Check its conditions and the values given."
            )
        return messages


def find_inputs(declared: Mapping[str, InputSpec], templates: Sequence[Template]) -> dict[str, InputSpec]:
    """The inputs of a prompt: those declared and, where the templates use it, `contexts`; without a declaration, every
    name that the templates use."""
    used = sorted({name for template in templates for name in template.variables})
    if not declared:
        return {name: _CONTEXTS if name == CONTEXTS else InputSpec() for name in used}
    implicit = {CONTEXTS: _CONTEXTS} if CONTEXTS in used and CONTEXTS not in declared else {}
    return {**declared, **implicit}
