"""`{{variables}}` of Langfuse and MLflow as Jinja2; everything else of the text stays as it is."""

import re
from dataclasses import dataclass, field
from typing import Final

from llmops.registry.exchange.foreign.conversion import Conversion, as_name
from llmops.registry.exchange.foreign.prompt_text import literal, variable

_TAG: Final = re.compile(r"\{\{\s*([^{}\n]*?)\s*\}\}")
_NAME: Final = re.compile(r"\w[\w .-]*")
_LANGFUSE: Final = re.compile(r"@@@langfusePrompt:(.*?)@@@")
_MARK: Final = "\x00"


@dataclass(slots=True)
class Variables:
    """Converts texts and keeps the names of their variables, in order; `includes` are prompts that they pull in."""

    conversion: Conversion
    file: str
    names: dict[str, None] = field(default_factory=dict)
    includes: dict[str, None] = field(default_factory=dict)

    def convert(self, text: str, line: int | None) -> str:
        """Convert one text that begins on a line."""
        pieces: list[str] = []

        def keep(piece: str) -> str:
            pieces.append(piece)
            return f"{_MARK}{len(pieces) - 1}{_MARK}"

        text = text.replace(_MARK, "")
        marked = _LANGFUSE.sub(lambda found: keep(self._include(found[1], line)), text)
        marked = _TAG.sub(lambda found: keep(self._variable(found[1], found[0], line)), marked)
        return re.sub(f"{_MARK}(\\d+){_MARK}", lambda found: pieces[int(found[1])], literal(marked))

    def _variable(self, text: str, tag: str, line: int | None) -> str:
        name = variable(text) if _NAME.fullmatch(text) else None
        if name is None:
            self.conversion.note_line(self.file, line, f"{tag} is no variable and was kept as text")
            return literal(tag)
        if name != text:
            self.conversion.note_line(self.file, line, f"the variable {text!r} is called {name!r} here")
        self.names[name] = None
        return "{{ " + name + " }}"

    def _include(self, text: str, line: int | None) -> str:
        fields = dict(part.split("=", 1) for part in text.split("|") if "=" in part)
        name = fields.get("name", "")
        held = {key: value for key, value in fields.items() if key != "name"}
        if held:
            shown = ", ".join(f"{key} {value}" for key, value in held.items())
            self.conversion.note_line(
                self.file, line, f"the prompt {name!r} was pulled in by {shown}; here its working file is"
            )
        self.includes[as_name(name)] = None
        return '{% include "' + as_name(name) + '" %}'
