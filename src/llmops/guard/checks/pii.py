"""Personal data that has a shape: addresses, numbers, documents. Names and places have none and are not found here."""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Final, Literal

from llmops.domain.verdict import Finding
from llmops.guard.checks.numbers import EXTENSION, LONGEST, OPEN_RUN, default_regions, find_numbers, load_plans
from llmops.guard.checks.patterns import Shape, ShapeSet
from llmops.guard.normalise.prose import Prose
from llmops.guard.normalise.reading import Reading
from llmops.guard.normalise.views import View, is_word

Entity = Literal["email", "phone", "credit_card", "iban", "ssn", "ip", "passport", "url_credentials"]

ENTITIES: Final[tuple[Entity, ...]] = (
    "email", "phone", "credit_card", "iban", "ssn", "ip", "passport", "url_credentials",
)  # fmt: skip
# How long an IBAN is, by country (the registry of SWIFT, release 99).
_IBANS: Final = """
AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24
FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32
LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24
RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30
"""
_IBAN: Final = {row[:2]: int(row[2:]) for row in _IBANS.split()}
_DOCUMENTS: Final = ("passport", "reisepass", "passeport", "pasaporte", "passaporto", "paspoort", "passnummer")
_TOP_LEVEL: Final = re.compile(rb"[A-Za-z]{2,24}\Z")


def _email(view: View, start: int, end: int) -> tuple[int, int] | None:
    """An address without the dots and hyphens that may stand around it."""
    data = view.data
    while start < end and data[start] in b".-%+_":
        start += 1
    local, _, domain = data[start:end].partition(b"@")
    if not local or b".." in local or local.endswith(b".") or b".." in domain:
        return None
    return (start, end) if _TOP_LEVEL.search(domain) else None


def _iban(view: View, start: int, end: int) -> tuple[int, int] | None:
    """As many characters as the country's IBANs have, if their remainder by 97 is 1 (ISO 13616)."""
    data = view.data
    size = _IBAN.get(data[start : start + 2].upper().decode())
    if size is None or (start > 0 and is_word(data, start - 1)):
        return None
    body = b""
    for at in range(start, end):
        if data[at] not in b" -":
            body += data[at : at + 1]
        if len(body) == size:
            whole = (body[4:] + body[:4]).decode()
            # Four digits, as those that are given out have: what is searched for only beside digits must hold them itself.
            fits = sum(map(str.isdigit, whole)) >= 4 and int("".join(str(int(char, 36)) for char in whole)) % 97 == 1
            return (start, at + 1) if fits and not (at + 1 < len(data) and is_word(data, at + 1)) else None
    return None


def _ipv6(view: View, start: int, end: int) -> tuple[int, int] | None:
    text = view.text(start, end)
    if text.endswith(":") and not text.endswith("::"):
        text, end = text[:-1], end - 1
    if not view.is_whole(start, end) or text in ("::", "::1") or text.count(":") < 2:
        return None
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return None
    return (start, end) if "::" not in text or len(text) > 5 else None


def _document(view: View, start: int, end: int) -> tuple[int, int] | None:
    """The last word of the candidate, where it looks like a document's number: digits, and letters only around them."""
    head = view.data.rfind(b" ", start, end)
    head = max(head, view.data.rfind(b":", start, end), view.data.rfind(b"#", start, end)) + 1
    number = view.data[head:end]
    return (head, end) if view.is_whole(head, end) and sum(48 <= byte <= 57 for byte in number) >= 4 else None


_SHAPES: Final[dict[str, tuple[Shape, ...]]] = {
    "email": (
        Shape(
            "EMAIL", r"[A-Za-z0-9._%+\-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,62})\.){1,8}[A-Za-z]{2,24}\b",
            marks=(b"@",), judge=_email, reach=400,
        ),
    ),
    "iban": (
        Shape(
            "IBAN", r"\b[A-Z]{2}[0-9]{2}(?:[ \-]?[A-Z0-9]){11,30}", judge=_iban, ignore_case=True, reach=66, digits=True,
            opening=r"\b(?:[A-Z]|[A-Z]{2}|[A-Z]{2}[0-9]{1,2}(?:[ \-]?[A-Z0-9])*[ \-]?)\z",
        ),
    ),
    "ip": (
        Shape(
            "IP", r"[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}", marks=(b":",), judge=_ipv6, reach=45,
            opening=r"[0-9A-Fa-f:.]+\z",
        ),
    ),
    "passport": (
        Shape(
            "PASSPORT",
            rf"(?:{'|'.join(_DOCUMENTS)})"
            r"(?:[ :#]|no\.?|number|nummer|nr\.?|n\.|is|ist|est|es|num[eé]ro|n°){1,8}[A-Z0-9]{6,10}\b",
            marks=(b"ass", b"ASS", b"asap", b"ASAP", b"asp", b"ASP"), judge=_document, ignore_case=True, reach=128,
            opening=rf"(?:{'|'.join(_DOCUMENTS)})[A-Z0-9 :#.é°]*\z",
        ),
    ),
    "url_credentials": (
        Shape(
            "URL_CREDENTIALS", r"[A-Za-z][A-Za-z0-9+.\-]{1,20}://[A-Za-z0-9._~%!$&*+=\-]{0,80}:[!#-.0-;=?A-~]{1,80}@[A-Za-z0-9.\-:\[\]]{1,255}",
            marks=(b"://",), reach=450,
        ),
    ),
}  # fmt: skip
_SPARKS: Final = (*(word.encode() for word in _DOCUMENTS), *(f":{sign}".encode() for sign in "0123456789abcdef:"))
"""In plain prose there is no `@`, no `/` and no number of four digits, so that documents and IPv6 addresses are left."""


@dataclass(frozen=True)
class Pii:
    """Find personal data: e-mail addresses, phone numbers, cards, IBANs, US social security numbers, IP addresses, passport
    numbers, URLs with a password.

    Args:
        entities: which; all by default.
        regions: whose phone numbers are known without a country code, as ISO codes (`US`, `DE`).
    """

    entities: tuple[Entity, ...] = ENTITIES
    regions: tuple[str, ...] = default_regions()
    action: ClassVar[str] = "redact"

    def __post_init__(self) -> None:
        if (
            "phone" in self.entities
        ):  # numbering plans take a tenth of a second to load, which is no first request's fault
            load_plans(self.regions)

    @property
    def reach(self) -> int:
        """A run of digits with an extension."""
        return LONGEST + EXTENSION

    def find(self, reading: Reading) -> Iterator[Finding]:
        """Where personal data stands."""
        yield from self._shapes.find(reading)
        if self._numbers:
            for layer in reading.layers:
                if not layer.has_digits:
                    continue
                for kind, start, end in find_numbers(layer.plain, self._numbers, self.regions):
                    yield Finding(*layer.plain.span(start, end), kind)

    def tail(self, reading: Reading) -> int:
        """Where the last word or number begins."""
        return self._shapes.tail(reading)

    def calm(self, prose: Prose, edge: int) -> int:
        """`Calming.calm`."""
        return self._shapes.calm(prose, edge)

    @cached_property
    def _shapes(self) -> ShapeSet:
        shapes = [shape for entity in self.entities for shape in _SHAPES.get(entity, ())]
        openings = (OPEN_RUN,) if self._numbers else ()
        return ShapeSet(shapes, *openings, reach=2 * LONGEST, sparks=_SPARKS)

    @cached_property
    def _numbers(self) -> tuple[str, ...]:
        return tuple(kind for kind in ("ip", "ssn", "credit_card", "phone") if kind in self.entities)
