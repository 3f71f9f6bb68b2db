"""How often guards act."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from llmops.domain.interaction import Interaction
from llmops.domain.signal import SignalDirection, SignalKind


@dataclass(frozen=True)
class GuardRate:
    """Whether a guard acted: with any action or one of them, by any check or one of them, at any stage or one of them.

    Interactions that no guard looked at have no value.
    """

    action: Literal["any", "flag", "redact", "block", "error"] = "any"
    check: str = ""
    stage: Literal["", "input", "output"] = ""
    live: ClassVar[str] = "what guards did"
    kind: ClassVar[SignalKind] = "rate"
    direction: ClassVar[SignalDirection] = "lower"
    reads: ClassVar[Sequence[str]] = ("verdicts",)

    def measure(self, interaction: Interaction) -> float | None:
        """Look at the checks of its verdicts."""
        stages = [one for one in interaction.verdicts if self.stage in ("", one["stage"])]
        actions = [check["action"] for one in stages for check in one["checks"] if self.check in ("", check["check"])]
        if not stages or (self.check and not actions):
            return None
        return float(any(action != "allow" and self.action in ("any", action) for action in actions))
