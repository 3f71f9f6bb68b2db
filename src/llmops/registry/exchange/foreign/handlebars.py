"""Handlebars, as Dotprompt uses it, in Jinja2: variables, if, unless, each, with, partials, and role and history markers.

Handlebars looks names up in the innermost block: inside `{{#each items}}`, `{{name}}` is the item's. So every block that
opens a context gets a variable of its own here (`item`, `item2`, …), and names are written from it.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Final

from llmops.registry.exchange.foreign.conversion import Conversion, as_name
from llmops.registry.exchange.foreign.langfuse import ROLES
from llmops.registry.exchange.foreign.prompt_text import literal, variable

_TAG: Final = re.compile(
    r"(?P<escape>\\)?(?P<open>\{\{\{|\{\{)(?P<left>~)?(?:!--(?P<comment>.*?)--|(?P<body>.*?))(?P<right>~)?(?P<close>\}\}\}|\}\})",
    re.DOTALL,
)
_WORD: Final = re.compile(r'"[^"]*"|\'[^\']*\'|\([^()]*\)|[^\s"\'()=]+=(?:"[^"]*"|\'[^\']*\'|[^\s]+)|[^\s()]+')
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?")
_WORDS: Final = {"true": "true", "false": "false", "null": "none", "undefined": "none"}
_LOOP: Final = {"@index": "loop.index0", "@first": "loop.first", "@last": "loop.last", "@key": "key"}
_ENDS: Final = {
    "if": "endif",
    "unless": "endif",
    "ifEquals": "endif",
    "unlessEquals": "endif",
    "with": "endif",
    "each": "endfor",
}


class _Unknown(Exception):
    """Something that has no counterpart here."""


@dataclass(slots=True)
class _Block:
    """An open block: its helper, and the variable that names are looked up in (None: that of the block around it)."""

    helper: str
    context: str | None = None
    is_loop: bool = False
    has_else: bool = False


@dataclass(slots=True)
class Handlebars:
    """Converts one template. Afterwards `messages` are its parts, `names` its variables, `includes` its partials."""

    conversion: Conversion
    file: str
    messages: list[tuple[str, str]] = field(default_factory=list)
    names: dict[str, None] = field(default_factory=dict)
    includes: dict[str, None] = field(default_factory=dict)
    _blocks: list[_Block] = field(default_factory=list)
    _role: str = "user"
    _text: str = ""
    _line: int = 1

    def convert(self, source: str, first_line: int) -> None:
        """Convert a body that begins on a line of its file."""
        end = 0
        for tag in _TAG.finditer(source):
            self._text += literal(source[end : tag.start()])
            self._line = first_line + source.count("\n", 0, tag.start())
            end = tag.end()
            body = (tag["body"] or "").strip()
            if tag["escape"]:
                self._text += literal(tag[0][1:])
            elif tag["comment"] is None and not body.startswith("!"):
                try:
                    piece = self._with_trim(self._tag(body, source, end), tag["left"], tag["right"])
                    self._text += piece  # not in one step: a role begins another text
                except _Unknown as error:
                    self._note(f"{tag[0]} was kept as text: {error}")
                    self._text += literal(tag[0])
        self._text += literal(source[end:])
        while self._blocks:
            self._note(f"the block {{{{#{self._blocks[-1].helper}}}}} has no end; it was closed at the end of the file")
            self._text += f"{{% {_ENDS[self._blocks.pop().helper]} %}}"
        self._open("user")

    def _note(self, text: str) -> None:
        self.conversion.note_line(self.file, self._line, text)

    def _open(self, role: str) -> None:
        """End the message so far and begin another one."""
        if self._text.strip() or self._role == "history":
            self.messages.append((self._role, self._text.strip("\n")))
        self._role, self._text = role, ""

    @staticmethod
    def _with_trim(text: str, left: str | None, right: str | None) -> str:
        if left and text[:2] in ("{{", "{%"):
            text = f"{text[:2]}-{text[2:]}"
        if right and text[-2:] in ("}}", "%}"):
            text = f"{text[:-2]}-{text[-2:]}"
        return text

    def _tag(self, body: str, source: str, end: int) -> str:
        if body.startswith("#"):
            return self._begin(body[1:].strip(), source, end)
        if body.startswith("/"):
            if not self._blocks or self._blocks[-1].helper != body[1:].strip():
                raise _Unknown("it closes no open block")
            return f"{{% {_ENDS[self._blocks.pop().helper]} %}}"
        if body in ("else", "^") or body.startswith("else "):
            return self._else(body.partition(" ")[2].strip())
        if body.startswith(">"):
            return self._partial(_WORD.findall(body[1:]))
        words = _WORD.findall(body.removeprefix("&").strip())
        if not words:
            raise _Unknown("it is empty")
        if len(words) == 1 and words[0] == "history":
            return self._history()
        if words[0] == "role" and len(words) == 2:
            return self._message(words[1].strip("\"'"))
        if words[0] == "json" and len(words) >= 2:
            indent = next((word.partition("=")[2] for word in words[2:] if word.startswith("indent=")), "")
            return f"{{{{ {self._value(words[1])} | tojson{f'({indent})' if indent.isdecimal() else ''} }}}}"
        if words[0] in ("media", "section"):
            self._note(f"{{{{{words[0]} …}}}} has no counterpart and was left out")
            return ""
        if len(words) > 1:
            raise _Unknown(f"there is no helper {words[0]!r}")
        return f"{{{{ {self._value(words[0])} }}}}"

    def _begin(self, body: str, source: str, end: int) -> str:
        words = _WORD.findall(body.removeprefix("*").removeprefix(">"))
        helper = words[0] if words else ""
        wanted = 2 if helper in ("ifEquals", "unlessEquals") else 1
        if helper not in _ENDS or len(words) < wanted + 1:
            raise _Unknown(f"there is no block {helper!r}")
        text = self._condition(helper, words[1:])
        if helper == "each":
            item = self._fresh("item")
            loop = self._value(words[1])
            if "@key" in _inside(source, end):
                text = f"{{% for key, {item} in {loop}.items() %}}"
            else:
                text = f"{{% for {item} in {loop} %}}"
            self._blocks.append(_Block(helper, item, is_loop=True))
        elif helper == "with":
            self._blocks.append(_Block(helper, self._value(words[1])))
        else:
            self._blocks.append(_Block(helper))
        return text

    def _condition(self, helper: str, words: list[str]) -> str:
        if helper == "each":
            return ""
        value = self._value(words[0])
        if helper in ("ifEquals", "unlessEquals"):
            return f"{{% if {value} {'==' if helper == 'ifEquals' else '!='} {self._value(words[1])} %}}"
        if "." in value and not value.startswith("loop."):
            value = f"({value} is defined and {value})"
        return f"{{% if {'not ' if helper == 'unless' else ''}{value} %}}"

    def _else(self, rest: str) -> str:
        if not self._blocks:
            raise _Unknown("it stands in no block")
        if self._blocks[-1].has_else:
            raise _Unknown("the block has an else already")
        if not rest:
            self._blocks[-1].has_else = True
            self._blocks[-1].context = None  # the other branch sees what is around the block
            return "{% else %}"
        words = _WORD.findall(rest)
        if words[0] not in ("if", "unless", "ifEquals") or self._blocks[-1].helper == "each" or len(words) < 2:
            raise _Unknown("only {{else if …}} is known")
        if words[0] == "ifEquals" and len(words) < 3:
            raise _Unknown("it compares nothing")
        return self._condition(words[0], words[1:]).replace("{% if", "{% elif", 1)

    def _partial(self, words: list[str]) -> str:
        if not words or words[0].startswith("("):
            raise _Unknown("only partials with a name are known")
        name = as_name(words[0].strip("\"'"))
        self.includes[name] = None
        if len(words) > 1:
            self._note(f"the partial {name!r} gets no values of its own: it sees those of the prompt")
        elif any(block.context for block in self._blocks):
            self._note(f"the partial {name!r} stands in a block, but sees the values of the whole prompt")
        return f'{{% include "{name}" %}}'

    def _history(self) -> str:
        if self._blocks:
            raise _Unknown("the history cannot stand inside a block")
        if any(role == "history" for role, _ in self.messages):
            raise _Unknown("a prompt has one history")
        self._open("history")
        self._open("user")
        return ""

    def _message(self, role: str) -> str:
        if self._blocks:
            raise _Unknown("a block cannot span two messages")
        if role not in ROLES:
            raise _Unknown(f"there is no role {role!r}")
        self._open(ROLES[role])
        return ""

    def _fresh(self, name: str) -> str:
        taken = sum(block.is_loop for block in self._blocks)
        return f"{name}{taken + 1}" if taken else name

    def _value(self, text: str) -> str:
        """A path, literal or `@` word as Jinja2."""
        if text[:1] in "\"'":
            return json.dumps(text[1:-1], ensure_ascii=False)
        if text in _WORDS or _NUMBER.fullmatch(text):
            return _WORDS.get(text, text)
        if text in _LOOP:
            if not any(block.is_loop for block in self._blocks):
                raise _Unknown(f"{text} stands in no {{{{#each}}}}")
            return _LOOP[text]
        if text.startswith(("(", "@")) and not text.startswith("@root."):
            raise _Unknown(f"{text} has no counterpart")
        return self._path(text)

    def _path(self, text: str) -> str:
        contexts = [block.context for block in self._blocks if block.context]
        if text.startswith("@root."):
            text, contexts = text.removeprefix("@root."), []
        while text.startswith("../"):
            text, contexts = text[3:], contexts[:-1]
        parts = [part.strip("[]") for part in re.split(r"[./]", text) if part]
        if parts[:1] == ["this"]:
            parts = parts[1:]
        if contexts:
            found = contexts[-1]
        else:
            name = variable(parts[0]) if parts else None
            if name is None:
                raise _Unknown("it is no name")
            if name != parts[0]:
                self._note(f"the variable {parts[0]!r} is called {name!r} here")
            self.names[name] = None
            found, parts = name, parts[1:]
        for part in parts:
            found += f".{part}" if part.isidentifier() else f"[{part if part.isdecimal() else json.dumps(part)}]"
        return found


def _inside(source: str, start: int) -> str:
    """The text of the block that begins here, up to its own end."""
    depth = 1
    for tag in re.finditer(r"\{\{~?\s*([#/])each\b", source[start:]):
        depth += 1 if tag[1] == "#" else -1
        if depth == 0:
            return source[start : start + tag.start()]
    return source[start:]
