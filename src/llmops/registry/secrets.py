"""Literal credentials do not belong in artifacts, which are stored, shown and exported; they are refused with their line.

Two nets: fields that are called like a credential and hold text, and text that looks like the keys of well-known services
wherever it stands. A message never repeats what was found.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from llmops.core.errors import InvalidFile
from llmops.core.hashing import Json
from llmops.text.yaml import YamlDocument
from llmops.text.yaml_builder import Place

_FIELD: Final = re.compile(
    r"(?:.*[_-])?(?:api[_-]?keys?|secrets?|secret[_-]key|passw(?:or)?d|passphrase|access[_-]?key|private[_-]?key|"
    r"(?:api|auth|access|bearer|refresh|session)[_-]?token|authorization|credentials?)|token",
    re.IGNORECASE,
)
_PLACEHOLDER: Final = re.compile(r"\s*|\$\{?\w+\}?|<[^>]*>|\{\{.*\}\}|\*+|x+|…|\.\.\.", re.IGNORECASE)
_SCHEMAS: Final = frozenset({"inputs", "output", "tools"})  # their keys are names of values, not values

# What it looks like, a text without which it cannot be there (a search for that is a hundred times cheaper), the pattern.
_PATTERNS: Final = tuple(
    (what, marker, re.compile(pattern))
    for what, marker, pattern in (
        ("an Anthropic key", "sk-ant-", r"sk-ant-[A-Za-z0-9_-]{20,}"),
        ("an OpenAI key", "sk-", r"\bsk-(?:proj-|svcacct-|or-v1-)?(?=[A-Za-z0-9_-]*\d)[A-Za-z0-9_-]{20,}"),
        ("a Groq key", "gsk_", r"\bgsk_[A-Za-z0-9]{20,}"),
        ("an AWS access key", "AKIA", r"\bAKIA[A-Z0-9]{16}\b"),
        ("an AWS access key", "ASIA", r"\bASIA[A-Z0-9]{16}\b"),
        ("a Google key", "AIza", r"\bAIza[A-Za-z0-9_-]{35}"),
        ("a GitHub token", "gh", r"\bgh[pousr]_[A-Za-z0-9]{36,}"),
        ("a GitHub token", "github_pat_", r"\bgithub_pat_[A-Za-z0-9_]{40,}"),
        ("a GitLab token", "glpat-", r"\bglpat-[A-Za-z0-9_-]{20,}"),
        ("a Hugging Face token", "hf_", r"\bhf_[A-Za-z0-9]{30,}"),
        ("a Slack token", "xox", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),
        ("a Stripe key", "k_live_", r"\b[rs]k_live_[A-Za-z0-9]{16,}"),
        ("a private key", "PRIVATE KEY", r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"),
        ("a signed token", "eyJ", r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
        ("a bearer token", "Bearer", r"\bBearer\s+(?=[A-Za-z0-9._~+/-]*\d)[A-Za-z0-9._~+/-]{20,}"),
        (
            "a password in a URL",
            "://",
            r"[a-z][a-z0-9+.-]{1,20}://[^\s:/@\"'{}$<>]{1,80}:[^\s:/@\"'{}$<>]{3,80}@[^\s/]",
        ),
    )
)
_HINT: Final = (
    "Keep it in an environment variable, name that variable in llmops.toml ([connections.NAME] key_env = …), "
    "and revoke the key if it was committed."
)


def refuse_secrets(text: str, shown: Path | str, document: YamlDocument | None = None) -> None:
    """Look through a file's text, and the fields of its YAML where it has any.

    Raises:
        InvalidFile: with the line, and what it looks like.
    """
    if found := _search(text):
        looks_like, at = found
        raise InvalidFile(shown, f"this looks like {looks_like}", line=text.count("\n", 0, at) + 1, hint=_HINT)
    for place, value in _fields(document.data, ()) if document else ():
        key = str(place[-1])
        if isinstance(value, str) and _FIELD.fullmatch(key) and not _PLACEHOLDER.fullmatch(value):
            assert document is not None
            raise document.error(place, f"{key!r} holds a literal credential", hint=_HINT)


def refuse_secrets_in_record(text: str, shown: Path | str, line: int) -> None:
    """Look through one record of a file, as JSON; raises like `refuse_secrets`, with the line that the record begins on."""
    if found := _search(text):
        raise InvalidFile(shown, f"this looks like {found[0]}", line=line, hint=_HINT)


def _search(text: str) -> tuple[str, int] | None:
    """What a text holds that looks like a credential, and where."""
    for looks_like, marker, pattern in _PATTERNS:
        found = pattern.search(text) if marker in text else None
        if found:
            return looks_like, found.start()
    return None


def _fields(data: Json, at: Place) -> Iterator[tuple[Place, Json]]:
    """Every key of every map with its value, but not inside schemas."""
    if isinstance(data, dict):
        for key, value in data.items():
            if key not in _SCHEMAS:
                yield (*at, key), value
                yield from _fields(value, (*at, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _fields(value, (*at, index))
