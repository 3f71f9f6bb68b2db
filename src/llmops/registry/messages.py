"""A prompt's body is cut into messages before anything is put in, so that no value can ever open one."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, cast

from pydantic import ValidationError

from llmops.core.errors import InvalidFile, RenderError
from llmops.core.hashing import Json
from llmops.domain.interaction import Message

SectionRole = Literal["system", "user", "assistant", "history"]

_OPENING: Final = re.compile(r"^(system|user|assistant|history):[ \t]*$", re.MULTILINE)
_SAME_LINE: Final = re.compile(r"\s*(system|user|assistant):[ \t]*\S")
_COMMENTS: Final = re.compile(r"\{#.*?#\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Section:
    """The template of one message, and the line of the file on which it begins; `history` is where earlier turns go."""

    role: SectionRole
    text: str
    line: int


def opens_messages(body: str) -> bool:
    """Tell whether the body has lines such as `system:`."""
    return _OPENING.search(body) is not None


def split_messages(body: str, shown: str, first_line: int = 1) -> tuple[Section, ...]:
    """Cut at lines that are `system:`, `user:`, `assistant:` or `history:`; without one it is all one user message.

    Raises:
        InvalidFile: text before the first message, text below `history:`, or a second `history:`.
    """
    openings = list(_OPENING.finditer(body))

    def line_of(offset: int) -> int:
        return first_line + body.count("\n", 0, offset)

    glued = _SAME_LINE.match(_COMMENTS.sub("", body))
    if glued and (not openings or openings[0].start() > 0):
        raise InvalidFile(
            shown, f"text stands on the line of `{glued[1]}:`", line=line_of(len(body) - len(body.lstrip())),
            hint=f"Put `{glued[1]}:` on a line of its own.",
        )  # fmt: skip
    if not openings:
        return (Section("user", body, first_line),)
    before = _COMMENTS.sub("", body[: openings[0].start()])
    if before.strip():
        raise InvalidFile(
            shown, f"text stands before the first `{openings[0][1]}:`", line=first_line, hint="Move it into a message."
        )
    ends = [*(opening.start() for opening in openings[1:]), len(body)]
    sections = tuple(
        Section(cast(SectionRole, opening[1]), body[opening.end() + 1 : end], line_of(opening.end()) + 1)
        for opening, end in zip(openings, ends, strict=True)
    )
    places = [section for section in sections if section.role == "history"]
    for section in places[1:]:
        raise InvalidFile(shown, "`history:` stands here a second time", line=section.line - 1, hint="Keep one.")
    for section in places:
        if section.text.strip():
            raise InvalidFile(
                shown,
                "text stands below `history:`",
                line=section.line,
                hint="Only earlier turns go there; open a message.",
            )
    return sections


def history_place(sections: Sequence[Section]) -> int:
    """Before which section earlier turns go: at `history:`, else before the last user message, else at the end."""
    for index, section in enumerate(sections):
        if section.role == "history":
            return index
    users = [index for index, section in enumerate(sections) if section.role == "user"]
    return users[-1] if users else len(sections)


def read_turns(history: Sequence[Message | Mapping[str, Json]]) -> list[Message]:
    """Earlier turns as messages; RenderError for one that is none."""
    turns = []
    for number, turn in enumerate(history):
        if isinstance(turn, Message):
            turns.append(turn)
            continue
        try:
            turns.append(Message.model_validate(turn))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise RenderError(
                f"history[{number}] is no turn: {where or 'it'}: {first['msg']}",
                hint='A turn looks like {"role": "user", "content": "…"}.',
            ) from error
    return turns
