"""Canonical JSON and tagged digests: the same content has the same digest on every machine.

A digest is over a tag and the content, so that a prompt and a suite that happen to hold the same JSON never share one.
"""

import hashlib
import json
import math
from typing import Any, TypeAlias

# The one place where `Any` is spelled out: values that came from JSON or YAML and are validated where they are used.
Json: TypeAlias = Any

PREFIX = "sha256:"
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical_json(value: Json) -> bytes:
    """Serialise to UTF-8 JSON with sorted keys, no spaces and no NaN; equal values give equal bytes.

    Raises:
        ValueError: a float is NaN or infinite, a key is no string, or a value has no JSON form.
    """
    _check(value, "$")
    return _ENCODER.encode(value).encode()


def digest(tag: str, value: Json) -> str:
    """Hash a JSON value under a tag (`prompt`, `case`, …); returns `sha256:` and 64 hex digits."""
    return digest_bytes(canonical_json(value), tag=tag)


def digest_bytes(data: bytes, *, tag: str | None = None) -> str:
    """Hash bytes; without a tag it is the plain SHA-256 that other tools print for the same file."""
    state = hashlib.sha256()
    if tag is not None:
        state.update(f"llmops:{tag}\n".encode())
    state.update(data)
    return PREFIX + state.hexdigest()


def is_digest(text: str) -> bool:
    """Tell whether the text is a digest, whole or shortened to at least 8 hex digits."""
    body = text.removeprefix(PREFIX)
    return text.startswith(PREFIX) and 8 <= len(body) <= 64 and all(c in "0123456789abcdef" for c in body)


def short(full: str) -> str:
    """Shorten a digest for people: `sha256:` and its first 12 hex digits."""
    return full[: len(PREFIX) + 12] if full.startswith(PREFIX) else full


def _check(value: Json, path: str) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise ValueError(f"{path}: keys must be strings, not {key!r}")
            _check(item, f"{path}.{key}")
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            _check(item, f"{path}[{index}]")
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{path}: {value} has no JSON form")
    elif value is not None and not isinstance(value, (str, int, bool)):
        raise ValueError(f"{path}: {type(value).__name__} has no JSON form")
