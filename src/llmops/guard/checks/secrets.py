"""Credentials: keys of well-known services, signed tokens, private keys, passwords that are assigned, random-looking tokens."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Final

from llmops.domain.verdict import Finding
from llmops.guard.checks.patterns import Shape, ShapeSet
from llmops.guard.normalise.prose import Prose
from llmops.guard.normalise.reading import Reading
from llmops.guard.normalise.views import View

LONGEST: Final = 16_384
_MIN_ENTROPY: Final = (
    4.2  # bits a character; base64 of 32 random bytes has about 4.9, English prose in camel case below 4
)
_WORD: Final = r"[A-Za-z0-9_\-]"


def _has_digit(view: View, start: int, end: int) -> tuple[int, int] | None:
    return (start, end) if any(48 <= byte <= 57 for byte in view.data[start:end]) else None


def _looks_random(view: View, start: int, end: int) -> tuple[int, int] | None:
    """A token of small letters, capitals and digits with hardly any repetition. Hashes and UUIDs are no secrets."""
    token = view.data[start:end].rstrip(b"=")
    kinds = (token.lower() != token, token.upper() != token, any(48 <= byte <= 57 for byte in token))
    if not all(kinds) or not view.is_whole(start, end) or token.count(b"/") > len(token) // 12 or b"//" in token:
        return None
    counts = Counter(token)
    entropy = -sum(n / len(token) * math.log2(n / len(token)) for n in counts.values())
    return (start, end) if entropy >= min(_MIN_ENTROPY, math.log2(len(token)) - 0.6) else None


def _assigned(view: View, start: int, end: int) -> tuple[int, int] | None:
    """The value behind the sign, if it is no placeholder and no word of prose."""
    data = view.data
    sign = min(at for at in (data.find(b"=", start, end), data.find(b":", start, end)) if at >= 0)
    begin = sign + 1
    while begin < end and data[begin] in b" \"'=>":
        begin += 1
    value = data[begin:end]
    digits = any(48 <= byte <= 57 for byte in value)
    mixed = value.lower() != value and value.upper() != value
    placeholder = value[:1] in b"<${[*" or value.strip(b"*xX.") == b""
    return (
        (begin, end)
        if len(value) >= 6 and (digits or mixed or any(b in b"!@#$%^&*" for b in value)) and not placeholder
        else None
    )


_SHAPES: Final = (
    Shape("API_KEY", rf"sk-ant-{_WORD}{{20,}}", (b"sk-ant-",)),
    Shape("API_KEY", rf"\bsk-(?:proj-|svcacct-|or-v1-)?{_WORD}{{20,}}", (b"sk-",), _has_digit, consumes=True),
    Shape("API_KEY", r"\bgsk_[A-Za-z0-9]{20,}", (b"gsk_",)),
    Shape("AWS_KEY", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b", (b"AKIA", b"ASIA")),
    Shape("GOOGLE_KEY", rf"AIza{_WORD}{{35}}", (b"AIza",)),
    Shape("GITHUB_TOKEN", r"\bgh[pousr]_[A-Za-z0-9]{36,}", (b"gh",)),
    Shape("GITHUB_TOKEN", r"\bgithub_pat_[A-Za-z0-9_]{40,}", (b"github_pat_",)),
    Shape("GITLAB_TOKEN", rf"\bglpat-{_WORD}{{20,}}", (b"glpat-",)),
    Shape("HUGGING_FACE_TOKEN", r"\bhf_[A-Za-z0-9]{30,}", (b"hf_",)),
    Shape("SLACK_TOKEN", r"\bxox[abeoprs]-[A-Za-z0-9\-]{10,}", (b"xox",)),
    Shape("STRIPE_KEY", r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}", (b"k_live_", b"k_test_")),
    Shape("SENDGRID_KEY", rf"\bSG\.{_WORD}{{16,}}\.{_WORD}{{16,}}", (b"SG.",)),
    Shape("NPM_TOKEN", r"\bnpm_[A-Za-z0-9]{36}\b", (b"npm_",)),
    Shape("JWT", rf"\beyJ{_WORD}{{10,}}\.eyJ{_WORD}{{10,}}\.{_WORD}{{10,}}", (b"eyJ",)),
    Shape(
        "PRIVATE_KEY",
        r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
        r"(?:[A-Za-z0-9+/=:,.\s\\\-]*?-----END (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----|[A-Za-z0-9+/=:,.\s\\\-]*)",
        (b"PRIVATE KEY",),
        opening=r"-----BEGIN [A-Z0-9 ]*(?:-----[A-Za-z0-9+/=:,.\s\\\-]*|-{1,4})?\z|-{1,5}(?:B|BE|BEG|BEGI|BEGIN)?\z",
    ),
    Shape(
        "BEARER_TOKEN", r"\bbearer\s{1,3}[A-Za-z0-9._~+/\-]{20,}", (b"earer", b"EARER"), _has_digit,
        ignore_case=True, consumes=True,
        opening=r"\bbearer\s{0,3}[!-~]*\z",
    ),
    Shape(
        "PASSWORD",
        r"(?:password|passwd|pwd|passphrase|secret|api[_\-]?key|access[_\-]?key|auth[_\-]?token|access[_\-]?token)"
        r"[\"']?\s{0,2}(?::|=|=>)\s{0,2}[\"']?[!#-&(-+\--:<-~]{6,64}",
        (b"=", b":"), _assigned, ignore_case=True,
        opening=r"[A-Za-z_\-]*(?:password|passwd|pwd|passphrase|secret|key|token)[\"']?\s{0,2}(?:[:=>]{1,2}\s{0,2}[!-~]*)?\z",
    ),
)  # fmt: skip
_RANDOM: Final = Shape(
    "SECRET", r"[A-Za-z0-9+/_\-]{24,}={0,2}", judge=_looks_random, score=0.6, is_token=True, consumes=True
)
_SPARKS: Final = (b"passw", b"pwd", b"passphrase", b"secret", b"key", b"token", b"bearer", b"-----b")
"""Keys are longer than words of prose, so that only assignments and headings are left."""


@dataclass(frozen=True)
class Secrets:
    """Find credentials.

    Args:
        entropy: whether tokens of 24 characters or more that look random count as secrets.
    """

    entropy: bool = True
    action: ClassVar[str] = "block"

    @property
    def reach(self) -> int:
        """A private key."""
        return LONGEST

    def find(self, reading: Reading) -> Iterator[Finding]:
        """Where credentials stand."""
        return self._shapes.find(reading)

    def tail(self, reading: Reading) -> int:
        """Where the last word begins, or what may become a key's block or an assignment."""
        return self._shapes.tail(reading)

    def calm(self, prose: Prose, edge: int) -> int:
        """`Calming.calm`."""
        return self._shapes.calm(prose, edge)

    @cached_property
    def _shapes(self) -> ShapeSet:
        return ShapeSet((*_SHAPES, _RANDOM) if self.entropy else _SHAPES, sparks=_SPARKS)
