"""The filter language of runs, as users of MLflow write it, with `or`, `not` and parentheses:

    metrics.auc > 0.9 and params.lr = '0.1' and tags."my tag" like 'x%'
    status in ('finished', 'failed') and not (started_at < '2026-03-01' or experiment = 'old')

It is parsed to a tree of domain.run_query; no part of the text ever becomes SQL.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, cast

from llmops.core.errors import InputError
from llmops.core.moments import read_start
from llmops.core.names import did_you_mean
from llmops.domain.run_query import (
    ATTRIBUTES,
    Both,
    Comparison,
    Condition,
    Either,
    FieldNoun,
    Negation,
    Operand,
    Operator,
    RunField,
    RunOrder,
)
from llmops.tracking.attribute_values import known_value

_NOUNS: Final[dict[str, FieldNoun]] = {
    "metrics": "metrics", "metric": "metrics", "params": "params", "param": "params", "parameters": "params",
    "tags": "tags", "tag": "tags", "attributes": "attributes", "attribute": "attributes", "attr": "attributes",
    "run": "attributes",
}  # fmt: skip
_OTHER_NAMES: Final = {
    "run_id": "id", "run_name": "name", "start_time": "started_at", "end_time": "ended_at", "created": "started_at",
}  # fmt: skip
_TIMES: Final = ("started_at", "ended_at")
_MOST_DEEP: Final = 50
_HINT: Final = "Write for example: metrics.auc > 0.9 and params.lr = '0.1'"

_TOKEN: Final = re.compile(
    r"""\s*(?:
    (?P<text>'(?:[^']|'')*') | (?P<quoted>"[^"]*"|`[^`]*`) |
    (?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?![\w.]) |
    (?P<operator><=|>=|!=|<>|==|=|<|>) | (?P<mark>[(),.]) | (?P<word>[^\W\d][\w\-/]*)
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    place: int

    @property
    def word(self) -> str:
        """A keyword in small letters; empty for whatever is none."""
        return self.text.lower() if self.kind == "word" else ""


def parse_filter(text: str, *, now: datetime | None = None) -> Condition | None:
    """Read a filter; None where it is empty.

    Args:
        text: what was written.
        now: from when `2h` counts back; the clock by default.

    Raises:
        InputError: it is no filter; the message shows where it stops being one.
    """
    parser = _Parser(text, _tokens(text), now or datetime.now(UTC))
    if parser.is_at_end:
        return None
    condition = parser.alternatives(0)
    if not parser.is_at_end:
        raise parser.wrong("'and', 'or' or the end")
    return condition


def parse_order(text: str) -> RunOrder:
    """Read one order: `metrics.auc desc`, `started_at`, `params.lr asc`.

    Raises:
        InputError: it is none.
    """
    parser = _Parser(text, _tokens(text), datetime.now(UTC))
    field = parser.field()
    direction = parser.take_word("asc", "desc")
    if not parser.is_at_end:
        raise parser.wrong("'asc', 'desc' or the end")
    return RunOrder(field, direction == "desc")


def _tokens(text: str) -> list[_Token]:
    found, place = [], 0
    stripped = text.rstrip()
    while place < len(stripped):
        match = _TOKEN.match(stripped, place)
        if match is None or match.lastgroup is None:
            rest = stripped[place:].lstrip()
            what = "a quote that is not closed" if rest[0] in "'\"`" else f"{rest[0]!r}"
            raise InputError(f"{_shown(text, len(stripped) - len(rest))}: {what}", hint=_HINT)
        found.append(_Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
        place = match.end()
    return found


def _shown(text: str, place: int) -> str:
    return f"the filter {text!r} cannot be read at character {place + 1}"


class _Parser:
    """Goes through the tokens once, from left to right."""

    def __init__(self, text: str, tokens: Sequence[_Token], now: datetime) -> None:
        self._text = text
        self._tokens = tokens
        self._at = 0
        self._now = now

    @property
    def is_at_end(self) -> bool:
        """Whether all tokens are read."""
        return self._at == len(self._tokens)

    def alternatives(self, depth: int) -> Condition:
        """Conditions with `or` between them, which binds less than `and`."""
        if depth > _MOST_DEEP:
            raise InputError(f"the filter nests more than {_MOST_DEEP} deep", hint="Write it with fewer parentheses.")
        parts = [self._together(depth)]
        while self.take_word("or"):
            parts.append(self._together(depth))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def field(self) -> RunField:
        """`metrics.KEY`, `params.KEY`, `tags.KEY`, or the name of an attribute."""
        token = self._next("a field such as metrics.auc")
        if token.kind not in ("word", "quoted"):
            raise self.wrong("a field such as metrics.auc", back=1)
        noun = _NOUNS.get(token.word)
        if noun is None or not self._take_mark("."):
            return self._attribute(token)
        key = self._key()
        return self._attribute(key) if noun == "attributes" else RunField(noun, _unquoted(key))

    def take_word(self, *words: str) -> str:
        """Read one of the words if it stands here, else nothing."""
        token = self._peek()
        if token is not None and token.word in words:
            self._at += 1
            return token.word
        return ""

    def wrong(self, wanted: str, *, back: int = 0) -> InputError:
        """What to raise where something else was wanted."""
        self._at -= back
        token = self._peek()
        found = f"{token.text!r}" if token else "the end"
        place = token.place if token else len(self._text.rstrip())
        return InputError(f"{_shown(self._text, place)}: expected {wanted}, found {found}", hint=_HINT)

    def _together(self, depth: int) -> Condition:
        parts = [self._one(depth)]
        while self.take_word("and"):
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _one(self, depth: int) -> Condition:
        if self.take_word("not"):
            if depth > _MOST_DEEP:
                raise InputError(f"the filter nests more than {_MOST_DEEP} deep", hint="Take some of the nots away.")
            return Negation(self._one(depth + 1))
        if self._take_mark("("):
            inner = self.alternatives(depth + 1)
            if not self._take_mark(")"):
                raise self.wrong("')'")
            return inner
        field = self.field()
        return Comparison(field, *self._rest(field))

    def _rest(self, field: RunField) -> tuple[Operator, Operand]:
        token = self._next("an operator such as =")
        if token.kind == "operator":
            operator = cast(Operator, {"==": "=", "<>": "!="}.get(token.text, token.text))
            return operator, self._operand(field, operator)
        if token.word in ("like", "ilike"):
            return cast(Operator, token.word), self._pattern(field)
        is_in = token.word == "in" or (token.word == "not" and bool(self.take_word("in")))
        if not is_in:
            raise self.wrong("=, !=, <, <=, >, >=, like, ilike, in or not in", back=1)
        return ("in" if token.word == "in" else "not in"), self._several(field)

    def _operand(self, field: RunField, operator: Operator) -> Operand:
        token = self._next("a value")
        if token.kind == "number":
            if field.noun == "attributes":
                raise self.wrong(f"a text in quotes for {field}", back=1)
            return float(token.text)
        if token.kind not in ("text", "quoted"):
            raise self.wrong("a number or a text in quotes", back=1)
        text = _unquoted(token)
        if field.noun == "metrics":
            raise self.wrong(f"a number for {field}", back=1)
        if field.noun == "attributes" and field.key in _TIMES:
            return read_start(text, self._now)
        if operator in ("<", "<=", ">", ">="):
            raise self.wrong(f"a number to compare {field} with", back=1)
        return known_value(field, text)

    def _pattern(self, field: RunField) -> str:
        if field.noun == "metrics" or (field.noun == "attributes" and field.key in _TIMES):
            raise self.wrong(f"=, !=, <, <=, > or >= for {field}", back=1)
        token = self._next("a pattern in quotes, such as 'base%'")
        if token.kind not in ("text", "quoted"):
            raise self.wrong("a pattern in quotes, such as 'base%'", back=1)
        return _unquoted(token)

    def _several(self, field: RunField) -> tuple[str, ...]:
        if field.noun == "metrics" or (field.noun == "attributes" and field.key in _TIMES):
            raise self.wrong(f"=, !=, <, <=, > or >= for {field}", back=1)
        if not self._take_mark("("):
            raise self.wrong("'('")
        found: list[str] = []
        while True:
            token = self._next("a text in quotes")
            if token.kind not in ("text", "quoted"):
                raise self.wrong("a text in quotes", back=1)
            found.append(_unquoted(token))
            if self._take_mark(")"):
                return tuple(known_value(field, text) for text in found)
            if not self._take_mark(","):
                raise self.wrong("',' or ')'")

    def _attribute(self, token: _Token) -> RunField:
        name = _unquoted(token)
        name = _OTHER_NAMES.get(name, name)
        if name not in ATTRIBUTES:
            what = f"runs have no {name!r}" if name not in _NOUNS else f"{name!r} lacks its key, as in {name}.auc"
            known = [*ATTRIBUTES, "metrics.KEY", "params.KEY", "tags.KEY"]
            raise InputError(f"{_shown(self._text, token.place)}: {what}", hint=did_you_mean(name, known))
        return RunField("attributes", name)

    def _key(self) -> _Token:
        """A key; without quotes it may have dots, as in `metrics.train.loss`."""
        token = self._next("a key")
        if token.kind == "quoted":
            return token
        if token.kind not in ("word", "number"):
            raise self.wrong("a key", back=1)
        whole = token.text
        while self._take_mark("."):
            part = self._next("the rest of the key")
            if part.kind not in ("word", "number"):
                raise self.wrong("the rest of the key", back=1)
            whole += f".{part.text}"
        return _Token("word", whole, token.place)

    def _take_mark(self, mark: str) -> bool:
        token = self._peek()
        if token is not None and token.kind == "mark" and token.text == mark:
            self._at += 1
            return True
        return False

    def _peek(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _next(self, wanted: str) -> _Token:
        token = self._peek()
        if token is None:
            raise self.wrong(wanted)
        self._at += 1
        return token


def _unquoted(token: _Token) -> str:
    if token.kind == "text":
        return token.text[1:-1].replace("''", "'")
    return token.text[1:-1] if token.kind == "quoted" else token.text
