"""What a guard says of a text.

Plain dataclasses and no Pydantic models: they are made on every request, and a service that only guards should not have to
load more than that.
"""

from dataclasses import dataclass
from typing import Final, Literal

Action = Literal["allow", "flag", "redact", "block", "error"]
"""`error` says that a check could not tell; it is never a block and never an allow."""

Stage = Literal["input", "output"]

_SEVERITY: Final[dict[Action, int]] = {"allow": 0, "flag": 1, "error": 2, "redact": 3, "block": 5}
_STOPPING_ERROR: Final = 4


@dataclass(frozen=True, slots=True)
class Finding:
    """A stretch of the text as it was given, and what it is: `EMAIL`, `PHRASE` … `score` runs from 0 to 1.

    `note` says more where there is more to say (which rule, which language); it never repeats a secret.
    """

    start: int
    end: int
    type: str
    score: float = 1.0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one check made of a text: `seconds` it took, `characters` it saw, and of an `error` the `reason`.

    `stops` says that the text must not go on: of a block, and of an error whose `on_error` is `block`.
    """

    check: str
    action: Action
    findings: tuple[Finding, ...] = ()
    seconds: float = 0.0
    characters: int = 0
    reason: str = ""
    stops: bool = False

    @property
    def severity(self) -> int:
        """How much this outcome weighs among others."""
        return _STOPPING_ERROR if self.action == "error" and self.stops else _SEVERITY[self.action]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a policy says of a text, and what each of its checks said.

    `text` is what may go on: the text itself, its redacted form, or the policy's block message where it must not go on at
    all. `policy` is the digest of the policy, `ref` how it was asked for.
    """

    action: Action
    text: str
    stage: Stage
    policy: str
    outcomes: tuple[Outcome, ...] = ()
    ref: str = ""

    @property
    def blocked(self) -> bool:
        """Whether the text must not go on."""
        return any(outcome.stops for outcome in self.outcomes)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all checks, in the order of the text."""
        return tuple(sorted({f for outcome in self.outcomes for f in outcome.findings}, key=lambda f: (f.start, f.end)))

    @property
    def errors(self) -> tuple[Outcome, ...]:
        """The checks that could not tell."""
        return tuple(outcome for outcome in self.outcomes if outcome.action == "error")
