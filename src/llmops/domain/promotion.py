"""Rules of promotion: what a version needs before an alias may hold it.

Rules are written for an alias and a pattern of artifacts. They are merged key by key, the most specific pattern first; so a
rule knows which of its keys were written, and only those are stored (`written`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from pydantic import AliasChoices, ConfigDict, Field

from llmops.core.hashing import Json, digest
from llmops.core.names import Kind
from llmops.domain.artifact import Actor, Move
from llmops.domain.noun import Noun


class MetricGate(Noun):
    """What a metric of the run that a model came from must reach: at least `min`, at most `max`."""

    metric: str
    min: float | None = None
    max: float | None = None

    def __str__(self) -> str:
        bounds = (("at least", self.min), ("at most", self.max))
        return " and ".join(f"{word} {bound:g}" for word, bound in bounds if bound is not None)


class PromotionRule(Noun):
    """What a promotion needs. Keys that were not written count as not there: another rule may set them.

    `source` (written `from`) is the alias that must hold the version; `require` are suites; `metrics` are what a
    model's run must have reached; `max_age` is how old their
    evidence may be; `approvals` is by how many people other than the author.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str | None = Field(
        default=None, validation_alias=AliasChoices("from", "source"), serialization_alias="from"
    )
    require: tuple[str, ...] = ()
    metrics: tuple[MetricGate, ...] = ()
    max_age: str | None = None
    approvals: int = Field(default=0, ge=0, le=100)

    @property
    def written(self) -> dict[str, Json]:
        """The keys that were written, as JSON."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


class RuleKey(NamedTuple):
    """Whom a rule is for: an alias, of artifacts whose `KIND/NAME` matches: "" (all), `app/*`, `app/support/*`, `app/docs`."""

    alias: str
    pattern: str = ""

    def matches(self, kind: Kind, name: str) -> bool:
        """Whether the rule is for an artifact."""
        full = f"{kind}/{name}"
        return self.pattern in ("", full) or (self.pattern.endswith("/*") and full.startswith(self.pattern[:-1]))


Rules = Mapping[RuleKey, PromotionRule]


def merge_rules(rules: Rules, alias: str, kind: Kind, name: str) -> PromotionRule:
    """The rule for an alias of one artifact: the most specific pattern wins, key by key."""
    keys = sorted((key for key in rules if key.alias == alias and key.matches(kind, name)), key=_specificity)
    merged: dict[str, Json] = {}
    for key in keys:
        merged |= rules[key].written
    return PromotionRule.model_validate(merged)


def _specificity(key: RuleKey) -> tuple[bool, int]:
    return not key.pattern.endswith("*") and key.pattern != "", len(key.pattern)


def write_rules(rules: Rules) -> dict[str, Json]:
    """The rules as JSON: alias to pattern to the keys written. Rules that say nothing are left out."""
    written: dict[str, Json] = {}
    for key, rule in sorted(rules.items()):
        if rule.written:
            written.setdefault(key.alias, {})[key.pattern] = rule.written
    return written


def read_rules(written: Mapping[str, Json]) -> dict[RuleKey, PromotionRule]:
    """The rules of their JSON."""
    return {
        RuleKey(alias, pattern): PromotionRule.model_validate(rule)
        for alias, patterns in written.items()
        for pattern, rule in patterns.items()
    }


def digest_rules(rules: Rules) -> str:
    """The digest of a set of rules; sets that say the same share it."""
    return digest("rules", write_rules(rules))


@dataclass(frozen=True, slots=True)
class PendingRules:
    """Rules that wait for approval under those in force (`before`).

    `needed` is how many people other than the proposer must approve; `approvals` are the rows of those who have.
    """

    rules: dict[RuleKey, PromotionRule]
    before: dict[RuleKey, PromotionRule]
    digest: str
    sequence: int
    proposer: Actor
    reason: str
    at: datetime
    needed: int
    approvals: tuple[Move, ...]

    @property
    def missing(self) -> int:
        """How many approvals are still needed."""
        return max(0, self.needed - len(self.approvals))
