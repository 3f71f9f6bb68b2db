"""What is right of a labelled text, and whether a verdict agrees: the same for `guard eval` and for suites.

Cases say in `expectations` either `blocked: true` or `false`, or a `label`. `benign`, `safe` and `allow` are the labels of texts
that should go on as they are; every other label names a kind of bad text.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from llmops.domain.verdict import Verdict

if TYPE_CHECKING:
    from llmops.core.hashing import Json

BENIGN: Final = frozenset({"benign", "safe", "allow"})


@dataclass(frozen=True, slots=True)
class Label:
    """What is right of a text. `by_stop` says that only stopping it counts as catching it."""

    name: str
    is_bad: bool
    by_stop: bool

    def is_caught(self, verdict: Verdict) -> bool | None:
        """Whether a verdict catches the text; None where a check could not tell and nothing else was found."""
        stopped = any(outcome.action == "block" for outcome in verdict.outcomes)
        found = stopped or (not self.by_stop and bool(verdict.findings))
        return None if verdict.errors and not found else found


def label_of(expectations: "Mapping[str, Json]") -> Label | None:
    """The label of a case; None where it has none."""
    blocked, name = expectations.get("blocked"), expectations.get("label")
    written = name.strip() if isinstance(name, str) else ""
    if isinstance(blocked, bool):
        return Label(written or ("blocked" if blocked else "benign"), blocked, by_stop=True)
    return Label(written, written.casefold() not in BENIGN, by_stop=False) if written else None
