"""Ways to write a text so that people and models still read it and a filter does not: 24 of them, and pairs.

A disguise is a pure function from a message to a message. A message has the bad stretch apart from what stands around it, so
that whoever tries a policy knows which characters must not be shown. Disguises that encode (base64, hex) take the whole
message, as people who send them do; all others only the bad stretch.

| family | what it does | may be followed by |
|---|---|---|
| `letters` | writes other characters for the same letters | between, order, encoding |
| `between` | puts something between letters or words | order, encoding |
| `order` | writes them in another order, with a mark that turns it back | encoding |
| `encoding` | writes numbers for them | another encoding |
"""

import base64
import codecs
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

Family = Literal["letters", "between", "order", "encoding"]

_ORDER: Final[tuple[Family, ...]] = ("letters", "between", "order", "encoding")


@dataclass(frozen=True, slots=True)
class Message:
    """A bad stretch and what stands around it."""

    before: str
    bad: str
    after: str

    @property
    def text(self) -> str:
        """The message as it is sent."""
        return self.before + self.bad + self.after

    @property
    def span(self) -> tuple[int, int]:
        """Where the bad stretch stands."""
        return len(self.before), len(self.before) + len(self.bad)


@dataclass(frozen=True, slots=True)
class Disguise:
    """One way to write. `whole` says that it takes the message as a whole."""

    name: str
    family: Family
    write: Callable[[str], str]
    whole: bool = False

    def __call__(self, message: Message) -> Message:
        """The message in disguise."""
        if self.whole:
            return Message("", self.write(message.text), "")
        return Message(message.before, self.write(message.bad), message.after)


def _by_table(letters: str, written: str) -> Callable[[str], str]:
    table = str.maketrans(letters, written)
    return lambda text: text.translate(table)


def _shifted(first: dict[str, int]) -> Callable[[str], str]:
    """Letters and digits from other rows of Unicode, by where the rows of `a`, `A` and `0` begin."""

    def write(text: str) -> str:
        return "".join(
            chr(first[row] + ord(char) - ord(row))
            if char.isascii() and (row := "0" if char.isdigit() else "A" if char.isupper() else "a") in first
            and char.isalnum()
            else char
            for char in text
        )  # fmt: skip

    return write


def _after_each(mark: str) -> Callable[[str], str]:
    return lambda text: "".join(char + mark if not char.isspace() else char for char in text)


def _one_by_one(gap: str) -> Callable[[str], str]:
    """Letters with a gap between each two, and words further apart."""
    return lambda text: "   ".join(gap.join(word) for word in text.split())


def _mixed_case(text: str) -> str:
    return "".join(char.upper() if at % 2 else char.lower() for at, char in enumerate(text))


def _full_width(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


def _enclosed(text: str) -> str:
    letters = _shifted({"a": 0x24D0, "A": 0x24B6})(text)
    return letters.translate(str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨"))


def _accented(text: str) -> str:
    marked = _by_table("aeiouyAEIOUYcnszCNSZ", "áéíóúýÁÉÍÓÚÝçñšžÇÑŠŽ")(text)
    return unicodedata.normalize("NFC", marked)


def _emphasised(text: str) -> str:
    """The middle letter of each word in bold."""
    return " ".join(
        f"{word[: len(word) // 2]}**{word[len(word) // 2]}**{word[len(word) // 2 + 1 :]}" for word in text.split()
    )


def _tags(text: str) -> str:
    return "".join(chr(0xE0000 + ord(char)) if " " <= char <= "~" else char for char in text)


def _units(text: str) -> Iterator[int]:
    data = text.encode("utf-16-be", "surrogatepass")
    return (int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2))


DISGUISES: Final = (
    Disguise("capitals", "letters", str.upper),
    Disguise("mixed_case", "letters", _mixed_case),
    Disguise("homoglyphs", "letters", _by_table("aceijopsxyABCEHIKMOPTX03", "асеіјорѕхуАВСЕНІКМОРТХОЗ")),
    Disguise("full_width", "letters", _full_width),
    Disguise("mathematical", "letters", _shifted({"a": 0x1D41A, "A": 0x1D400, "0": 0x1D7CE})),
    Disguise("enclosed", "letters", _enclosed),
    Disguise("accents", "letters", _accented),
    Disguise("leet", "letters", _by_table("oieastOIEAST", "013457013457")),
    Disguise("rot13", "letters", lambda text: codecs.encode(text, "rot13")),
    Disguise("tag_characters", "letters", _tags),
    Disguise("zero_width", "between", _after_each("\u200b")),
    Disguise("soft_hyphens", "between", _after_each("\u00ad")),
    Disguise("variation_selectors", "between", _after_each("\ufe0f")),
    Disguise("combining_marks", "between", _after_each("\u0301")),
    Disguise("spaced_letters", "between", _one_by_one(" ")),
    Disguise("punctuated_letters", "between", _one_by_one("-")),
    Disguise("white_space", "between", lambda text: text.replace(" ", "\u2003\n\t ")),
    Disguise("markdown", "between", _emphasised),
    Disguise("reversed", "order", lambda text: f"\u202e{text[::-1]}\u202c"),
    Disguise("base64", "encoding", lambda text: base64.b64encode(text.encode()).decode(), whole=True),
    Disguise("hex", "encoding", lambda text: text.encode().hex(), whole=True),
    Disguise("percent", "encoding", lambda text: "".join(f"%{byte:02X}" for byte in text.encode())),
    Disguise("entities", "encoding", lambda text: "".join(f"&#{ord(char)};" for char in text)),
    Disguise("escapes", "encoding", lambda text: "".join(f"\\u{unit:04x}" for unit in _units(text))),
)


def pairs() -> Iterator[tuple[Disguise, Disguise]]:
    """Two disguises one after another, where the second leaves readable what the first wrote."""
    for first in DISGUISES:
        for second in DISGUISES:
            later = _ORDER.index(first.family) < _ORDER.index(second.family)
            if later or (first.family == second.family == "encoding" and first is not second):
                yield first, second
