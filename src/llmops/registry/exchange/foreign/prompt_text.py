"""A prompt as the text of a workspace file: YAML front matter and a body in which no text opens a message by accident."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import yaml

from llmops.core.errors import InvalidFile
from llmops.core.hashing import Json
from llmops.registry.messages import opens_messages
from llmops.text.yaml import parse_yaml

_OPENING: Final = re.compile(r"^(system|user|assistant|history):([ \t]*)$", re.MULTILINE)
_GLUED: Final = re.compile(r"\s*(?:\{#.*?#\}\s*)*(?:system|user|assistant):", re.DOTALL)
_DELIMITER: Final = re.compile(r"\{\{|\{%|\{#|\{(?=\x00|\Z)")  # the last: what follows could be a tag
_TAKEN: Final = frozenset({
    "and", "as", "call", "cycler", "dict", "do", "elif", "else", "endfor", "endif", "false", "False", "filter",
    "for", "from", "history", "if", "import", "in", "include", "is", "joiner", "loop", "macro", "namespace", "none",
    "None", "not", "or", "range", "raw", "recursive", "self", "set", "super", "true", "True", "with", "without",
    "caller", "varargs", "kwargs",
})  # fmt: skip


@dataclass(slots=True)
class PromptText:
    """What a prompt file will say. `messages` are pairs of role and Jinja2 text; the role `history` has no text."""

    description: str = ""
    model: str | None = None
    parameters: dict[str, Json] = field(default_factory=dict)
    inputs: dict[str, Json] = field(default_factory=dict)
    output: Json = None
    tools: list[Json] = field(default_factory=list)
    messages: list[tuple[str, str]] = field(default_factory=list)

    def write(self) -> str:
        """The text of the `.md` file."""
        fields: dict[str, Json] = {
            "description": self.description,
            "model": self.model,
            "parameters": self.parameters,
            "inputs": self.inputs,
            "output": self.output,
            "tools": self.tools,
        }
        front = {key: value for key, value in fields.items() if value or (key == "output" and value is not None)}
        body = write_body(self.messages)
        return f"---\n{write_yaml(front)}---\n{body}\n" if front else f"{body}\n"


def write_body(messages: Sequence[tuple[str, str]]) -> str:
    """Messages as the body of a prompt file; a single user message needs no line `user:`."""
    shown = [(role, _OPENING.sub(r'{{ "\1:" }}\2', text).strip("\n")) for role, text in messages]
    if len(shown) == 1 and shown[0][0] == "user":
        only = shown[0][1]
        if not _GLUED.match(only) and not only.startswith("---") and not opens_messages(only):
            return only
    return "\n\n".join(f"{role}:\n{text}".rstrip("\n") for role, text in shown)


def write_yaml(value: Json) -> str:
    """YAML that llmops reads back as the same value."""
    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=110)
    try:
        same = parse_yaml(text, "").data == value
    except InvalidFile:
        same = False
    if same:
        return text
    quoted = json.dumps(value, ensure_ascii=False, indent=2)
    return re.sub(r"[^\n -~]", lambda found: f"\\U{ord(found[0]):08X}", quoted) + "\n"


def literal(text: str) -> str:
    """Jinja2 that prints exactly this text."""
    return _DELIMITER.sub(lambda found: f'{{{{ "{found[0]}" }}}}', text)


def variable(text: str) -> str | None:
    """The nearest name that a template may use for a value, or None where nothing of the text can be one."""
    name = re.sub(r"\W+", "_", text.strip(), flags=re.ASCII).strip("_")
    if not name:
        return None
    if not name.isidentifier():
        name = f"value_{name}"
    return f"{name}_value" if name in _TAKEN else name
