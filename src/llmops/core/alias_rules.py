"""The tables `[aliases…]` of `llmops.toml`: what an alias asks for before it moves.

`[aliases.production]` is about every artifact, `[aliases.production."app/*"]` about all apps, and
`[aliases.production."app/docs"]` about one. A key with a slash is such a pattern, any other a key of the rule itself.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Final, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from llmops.core.durations import seconds
from llmops.core.errors import LlmopsError
from llmops.core.hashing import Json
from llmops.core.names import KINDS, check_alias, check_name, did_you_mean

MOST_APPROVALS: Final = 20


def check_pattern(pattern: str) -> str:
    """Return what names the artifacts of a rule: `""`, `KIND/*`, `KIND/PART/*` or `KIND/NAME`.

    Raises:
        ValueError: it is none of these.
    """
    if not pattern:
        return pattern
    kind, _, name = pattern.partition("/")
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of artifact; {did_you_mean(kind, KINDS)}")
    if name != "*":
        _checked_by(check_name)(name.removesuffix("/*"))
    return pattern


def _checked_by(check: Callable[[str], object]) -> Callable[[str], str]:
    """A check of this package, complaining as pydantic wants to hear it."""

    def checked(value: str) -> str:
        try:
            check(value)
        except LlmopsError as error:
            raise ValueError(error.message) from error
        return value

    return checked


AliasName: TypeAlias = Annotated[str, AfterValidator(_checked_by(check_alias))]
SuiteName: TypeAlias = Annotated[str, AfterValidator(_checked_by(check_name))]
Duration: TypeAlias = Annotated[str, AfterValidator(_checked_by(seconds))]


class MetricBound(BaseModel):
    """What a metric of the run that a model came from must reach: at least `min`, at most `max`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metric: str = Field(min_length=1)
    min: float | None = Field(default=None, allow_inf_nan=False)
    max: float | None = Field(default=None, allow_inf_nan=False)

    @model_validator(mode="after")
    def _has_a_bound(self) -> "MetricBound":
        if self.min is None and self.max is None:
            raise ValueError(f"{self.metric!r} has neither min nor max")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"no {self.metric!r} is at least {self.min:g} and at most {self.max:g}")
        return self


class AliasRule(BaseModel):
    """What one table asks for; a key that is not given is inherited from a less specific table.

    Attributes:
        source: `from` in the file: the alias that must hold the version already.
        require: suites that need a fresh passing report on exactly the version.
        metrics: what metrics of the run that a model came from must reach.
        max_age: how old the oldest reply of such a report may be.
        approvals: how many people other than the author must approve.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: AliasName | None = Field(default=None, alias="from")
    require: tuple[SuiteName, ...] | None = None
    metrics: tuple[MetricBound, ...] | None = None
    max_age: Duration | None = None
    approvals: int | None = Field(default=None, ge=0, le=MOST_APPROVALS, strict=True)


def _by_pattern(table: Json) -> Json:
    """Part the keys of a rule from the tables of patterns."""
    if not isinstance(table, Mapping) or "" in table:
        return table
    own = {key: value for key, value in table.items() if "/" not in key}
    return {**({"": own} if own else {}), **{key: value for key, value in table.items() if "/" in key}}


AliasRules: TypeAlias = Annotated[
    dict[Annotated[str, AfterValidator(check_pattern)], AliasRule], BeforeValidator(_by_pattern)
]
"""The rules of one alias by pattern."""

AliasTables: TypeAlias = dict[AliasName, AliasRules]
"""All of `[aliases]`."""
