"""Tells numbers apart that stand in a text: payment cards, US social security numbers, IPv4 addresses, phone numbers.

A run of digits, with at most three of ` ().-/` between two of them, is judged as a whole, since what a group of digits means
depends on the groups around it.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from llmops.core.errors import InputError
from llmops.guard.aside import give_way
from llmops.guard.normalise.patterns import compiled
from llmops.guard.normalise.views import View, is_word

JUDGED: Final = 8  # numbers after which others are let in: one takes as long as several searches
LONGEST: Final = 1_024
EXTENSION: Final = 12
_RUN: Final = r"[+(]?[0-9](?:[ ().\-/]{0,3}[0-9]){3,}"
OPEN_RUN: Final = r"[+(]?[0-9](?:[ ().\-/]{0,3}[0-9])*(?:[ ().\-/]{0,3}| ?(?:x|ext?\.?|e) ?[0-9]{0,5})\z|[+(]\z"
_GROUP: Final = re.compile(rb"[0-9]+")
_EXTENSION: Final = re.compile(rb" ?(?:x|ext\.?) ?[0-9]{1,5}(?![0-9])", re.IGNORECASE)
_DATE: Final = re.compile(
    rb"(?:19|20)\d\d[-./ ](?:0?[1-9]|1[0-2])[-./ ](?:[12]\d|3[01]|0?[1-9])(?!\d)"
    rb"|(?:[12]\d|3[01]|0?[1-9])[-./ ](?:[12]\d|3[01]|0?[1-9])[-./ ](?:19|20)?\d\d(?!\d)"
)
_PERSONAL: Final = re.compile(rb"\d{3}[-. ]\d\d[-. ]\d{4}")  # the shape of a US social security number
_CONTEXT: Final = re.compile(
    rb"\b(?:phone|mobile|cell|tel|telephone|call|fax|dial|reach|contact|sms|text|whatsapp|telefon|handy|rufnummer|mobil)\b",
    re.IGNORECASE,
)
_REGIONS: Final = ("US", "GB", "DE", "FR", "IN", "AU")


@dataclass(frozen=True, slots=True)
class Group:
    """One group of digits of a run: where it stands in the view, and what stands between it and the next."""

    start: int
    end: int
    digits: bytes
    after: bytes


Recogniser = Callable[[View, Sequence[Group]], Iterator[tuple[int, int]]]
"""Finds one kind of number among groups of digits, as (first, last) positions of groups."""


def find_numbers(view: View, wanted: Sequence[str], regions: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """Kinds and places, in bytes, of the numbers in a view. `wanted` holds the names of KINDS, `phone` last."""
    data = view.data
    search, at, searched = compiled(_RUN).search, 0, 0
    while found := search(data, at):
        start, end = found.span()
        searched += 1
        if searched % JUDGED == 0:
            give_way()
        at = end
        if end - start > LONGEST:
            yield "LONG_NUMBER", start, end
            continue
        if end - start < 7 or (
            data.count(b".", start, end) < 3 and sum(48 <= byte <= 57 for byte in data[start:end]) < 7
        ):
            continue  # too few digits for anything
        if start > 0 and data[start] not in b"+(" and is_word(data, start - 1):
            continue  # the end of a word, such as an order number
        yield from _judge(view, start, end, wanted, regions)


def _judge(
    view: View, start: int, end: int, wanted: Sequence[str], regions: Sequence[str]
) -> Iterator[tuple[str, int, int]]:
    data = view.data
    places = [(m.start(), m.end()) for m in _GROUP.finditer(data, start, end)]
    nexts = [*(first for first, _ in places[1:]), end]
    groups = [
        Group(first, last, data[first:last], data[last:following])
        for (first, last), following in zip(places, nexts, strict=True)
    ]
    free = [True] * len(groups)
    glued = end < len(data) and is_word(data, end)
    for kind in wanted:
        if kind == "phone":
            continue
        for first, last in KINDS[kind](view, groups):
            if all(free[first : last + 1]) and not (glued and last == len(groups) - 1):
                free[first : last + 1] = [False] * (last + 1 - first)
                yield LABELS[kind], groups[first].start, groups[last].end
    if "phone" in wanted:
        free = [is_free and undated for is_free, undated in zip(free, _outside_dates(data, groups), strict=True)]
        for first, last in _phones(view, groups, free, start, regions):
            begin = start if first == 0 else groups[first].start - _opening(data, groups[first].start)
            stop = groups[last].end
            more = _EXTENSION.match(data, stop) if last == len(groups) - 1 else None
            if last < len(groups) - 1 or more or not glued:
                yield "PHONE", begin, more.end() if more else stop


def _outside_dates(data: bytes, groups: Sequence[Group]) -> list[bool]:
    """Which groups are no part of a date."""
    free = [True] * len(groups)
    for at in range(len(groups) - 2):
        if _DATE.fullmatch(data, groups[at].start, groups[at + 2].end):
            free[at : at + 3] = [False] * 3
    return free


def _opening(data: bytes, at: int) -> int:
    return 1 if at > 0 and data[at - 1] in b"+(" else 0


def _cards(view: View, groups: Sequence[Group]) -> Iterator[tuple[int, int]]:
    """Groups of three to six digits in a row, or one by one as a whole run, that are a card's number."""
    if len(groups) > 5 and all(len(group.digits) <= 2 for group in groups):
        whole = b"".join(group.digits for group in groups)
        if is_card(whole):
            yield 0, len(groups) - 1
        return
    at = 0
    while at < len(groups):
        digits = b""
        for last in range(at, min(at + 6, len(groups))):
            digits += groups[last].digits
            if len(digits) > 19:
                break
            if is_card(digits):
                yield at, last
                at = last
                break
            if len(groups[last].after) > 1:
                break
        at += 1


def is_card(digits: bytes) -> bool:
    """Whether digits are a payment card's number: an issuer's prefix and length, and the check digit of Luhn."""
    size = len(digits)
    if not 12 <= size <= 19 or digits[0] not in b"123456":
        return False
    head = int(digits[:4])
    fits = (
        size in (13, 16, 19) if digits[0] == 52
        else size == 16 if 5100 <= head <= 5599 or 2221 <= head <= 2720 or 3500 <= head <= 3599
        else size == 15 if head // 100 in (34, 37)
        else size == 15 if head in (2131, 1800)
        else size == 14 if head // 100 in (36, 38, 39) or 3000 <= head <= 3059
        else head // 100 in (50, 56, 57, 58) or (digits[0] == 54 and (size > 12 or head // 100 in (63, 67)))
    )  # fmt: skip
    return fits and passes_luhn(digits)


def passes_luhn(digits: bytes) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812)."""
    total = 0
    for place, byte in enumerate(reversed(digits)):
        value = byte - 48
        if place % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10 == 0


def _social_security(view: View, groups: Sequence[Group]) -> Iterator[tuple[int, int]]:
    """Three, two and four digits with the same mark between them, in the ranges that are given out."""
    for at in range(len(groups) - 2):
        area, group, serial = groups[at : at + 3]
        shape = (len(area.digits), len(group.digits), len(serial.digits)) == (3, 2, 4)
        if (
            shape
            and area.after == group.after
            and area.after in (b"-", b" ", b".")
            and serial.after not in (b"-", b".")
        ):
            taken = area.digits not in (b"000", b"666") and area.digits[0] != 57
            if taken and group.digits != b"00" and serial.digits != b"0000":
                yield at, at + 2


def _addresses(view: View, groups: Sequence[Group]) -> Iterator[tuple[int, int]]:
    """Four numbers up to 255 with dots between them, and no fifth."""
    at = 0
    while at < len(groups) - 3:
        last = at
        while last < len(groups) - 1 and groups[last].after == b".":
            last += 1
        if last - at == 3 and all(len(g.digits) <= 3 and int(g.digits) <= 255 for g in groups[at : last + 1]):
            yield at, last
        at = last + 1


KINDS: Final[dict[str, Recogniser]] = {"ip": _addresses, "ssn": _social_security, "credit_card": _cards}
LABELS: Final = {"ip": "IP", "ssn": "SSN", "credit_card": "CREDIT_CARD"}


def _phones(
    view: View, groups: Sequence[Group], free: Sequence[bool], start: int, regions: Sequence[str]
) -> Iterator[tuple[int, int]]:
    """Stretches of free groups that a numbering plan knows; the longest from the left."""
    tried, at = 0, 0
    while at < len(groups):
        reached = at
        for last in _stretches(groups, free, at):
            tried += 1
            if tried > 16:
                return
            text = view.text(groups[at].start - _opening(view.data, groups[at].start), groups[last].end)
            if _is_phone(view, groups[at].start, text, tuple(regions)):
                yield at, last
                reached = last
                break
        at = reached + 1


def _stretches(groups: Sequence[Group], free: Sequence[bool], at: int) -> Iterator[int]:
    """Last groups of what may be a number that begins with a group, the longest first."""
    found, digits = [], 0
    for last in range(at, min(at + 7, len(groups))):
        digits += len(groups[last].digits)
        if not free[last] or digits > 15:
            break
        if digits >= 7:
            found.append(last)
        if b"  " in groups[last].after:
            break
    yield from reversed(found)


def _is_phone(view: View, start: int, text: str, regions: tuple[str, ...]) -> bool:
    is_international = text.startswith(("+", "00"))
    if _PERSONAL.fullmatch(text.encode()):
        return False
    is_doubtful = text.isdecimal() or sum(char.isdecimal() for char in text) < 9
    if is_doubtful and not is_international and not _CONTEXT.search(view.data, max(0, start - 40), start):
        return False
    return _is_valid("+" + text[2:] if text.startswith("00") else text, () if is_international else regions)


@cache
def default_regions() -> tuple[str, ...]:
    """Whose national numbers are recognised when a policy names no regions."""
    return _REGIONS


def load_plans(regions: Sequence[str]) -> None:
    """Load the numbering plans of regions; InputError where one is none."""
    import phonenumbers

    for region in regions:
        if region not in phonenumbers.SUPPORTED_REGIONS:
            raise InputError(f"{region!r} is no region of phone numbers", hint="Use ISO codes, such as US and DE.")
        _is_valid(f"+{phonenumbers.country_code_for_region(region)}2025550173", ())


@lru_cache(maxsize=4_096)
def _is_valid(text: str, regions: tuple[str, ...]) -> bool:
    import phonenumbers

    for region in regions or (None,):
        try:
            if phonenumbers.is_valid_number(phonenumbers.parse(text, region)):
                return True
        except phonenumbers.NumberParseException:
            continue
    return False
