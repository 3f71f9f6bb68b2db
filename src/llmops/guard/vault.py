"""Keeps what was redacted in one conversation, so that an answer can be shown with the real values put back."""

import re
from typing import Final

_PLACEHOLDER: Final = re.compile(r"\[[A-Z][A-Z0-9_]*_\d+\]")


class Vault:
    """Numbered placeholders and what they stand for: the same value has the same one wherever it occurs.

    It holds what must not be shown, in memory only; keep one for each session, and drop it with the session.
    """

    def __init__(self) -> None:
        self._values: dict[str, str] = {}
        self._names: dict[tuple[str, str], str] = {}

    def __call__(self, type: str, original: str, /) -> str:  # noqa: A002  # the word of a finding
        """The placeholder of a value, `[EMAIL_1]`."""
        key = (type, original)
        if key not in self._names:
            number = sum(kind == type for kind, _ in self._names) + 1
            self._names[key] = f"[{type}_{number}]"
            self._values[self._names[key]] = original
        return self._names[key]

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Vault({len(self)} values)"

    def restore(self, text: str) -> str:
        """The text with the values put back; placeholders that this vault never gave stay."""
        return _PLACEHOLDER.sub(lambda found: self._values.get(found[0], found[0]), text)
