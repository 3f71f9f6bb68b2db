"""Suites as written and as registered: what is asked, which scorers score it, which gates decide."""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import Field, model_validator

from llmops.core.hashing import Json, digest
from llmops.domain.artifact import Pin
from llmops.domain.noun import Noun
from llmops.domain.service import ServiceSpec
from llmops.domain.spending import Budget


class ScorerSpec(Noun):
    """A scorer as a suite names it: catalog name or `module:function`, its arguments, and the bounds that make it pass.

    `label` is what tables call it: the `name` argument if one is given, else the scorer's own name.
    """

    scorer: str
    label: str
    arguments: dict[str, Json] = Field(default_factory=dict)
    min: float | None = None
    max: float | None = None


Names: TypeAlias = str | Annotated[tuple[str, ...], Field(min_length=1)]
"""One name, or several: a matrix."""

TargetKind = Literal["app", "prompt", "rag", "policy", "python", "http", "recorded", "model"]


class TargetSpec(Noun):
    """What is evaluated. Exactly one of: an `app`, a `prompt` (with a `model`), the retrieval of a `rag`, a `policy`, by ref;
    a `python` function as `module:function`; an `http` service; outputs `recorded` in a file or by a run; or a `model` of the
    registry, which a `python` function may serve.

    Several apps, prompts, rags or models make a matrix, of which each cell is evaluated by itself.

    `parameters` are the model's, or arguments of the function; `version` and `deterministic` are what the author of a
    function or service says about it. `filters` are what retrieval is filtered by: values, or where each case has them
    (`metadata.tenant`).
    """

    app: Names | None = None
    prompt: Names | None = None
    rag: Names | None = None
    policy: Names | None = None
    python: str | None = None
    http: ServiceSpec | None = None
    recorded: str | None = None
    model: Names | None = None
    parameters: dict[str, Json] = Field(default_factory=dict)
    version: str = ""
    deterministic: bool | None = None  # not False, which would be written into the digests of suites that do not say it
    filters: dict[str, Json] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_target(self) -> "TargetSpec":
        given = [kind for kind in get_args(TargetKind) if getattr(self, kind) is not None]
        if "model" in given and len(given) == 2:
            given.remove("python" if "python" in given else "model")
        if len(given) != 1:
            kinds = ", ".join(get_args(TargetKind))
            raise ValueError(f"a target is exactly one of {kinds}; here it is {' and '.join(given) or 'none of them'}")
        for key, fitting in (
            ("model", ("app", "prompt")),
            ("parameters", ("prompt", "python", "model")),
            ("filters", ("app", "rag")),
        ):
            if getattr(self, key) and given[0] not in (*fitting, key):
                raise ValueError(f"{key} goes with a target of {' or '.join(fitting)}, not of {given[0]}")
        if (self.version or self.deterministic) and self.python is None and self.http is None:
            raise ValueError("version and deterministic are said of a python function or an http service")
        for names in (self.names, self.models):
            if twice := sorted({name for name in names if names.count(name) > 1}):
                raise ValueError(f"{twice[0]!r} stands in the target twice")
        return self

    @property
    def kind(self) -> TargetKind:
        """Which of the forms it has."""
        if self.model is not None and self.app is None and self.prompt is None:
            return "model"
        return next(kind for kind in get_args(TargetKind) if getattr(self, kind) is not None)

    @property
    def names(self) -> tuple[str, ...]:
        """The refs, or the function, service or recording."""
        return (self.http.name,) if self.http is not None else _tuple(getattr(self, self.kind))

    @property
    def named(self) -> str:
        """The first of the names."""
        return self.names[0]

    @property
    def models(self) -> tuple[str, ...]:
        """The chat models that are written; none where the target's own is meant, or a model of the registry is the target."""
        return () if self.kind == "model" else _tuple(self.model)

    @property
    def is_matrix(self) -> bool:
        """Whether there are several cells."""
        return len(self.names) > 1 or len(self.models) > 1


def _tuple(names: Names | None) -> tuple[str, ...]:
    return () if names is None else (names,) if isinstance(names, str) else names


class GateSpec(Noun):
    """One condition on a report. Exactly one form: a scorer with `min`, `max`, `no_worse_than` (with `margin`) or `max_gap`
    (with `segment`, a metadata key such as `metadata.lang`), or one of `latency_p50`, `latency_p95`, `latency_p99` (seconds),
    `cost_per_case` (US dollars), `error_rate` (share of cases). `calibrated` (with `min_kappa`) demands of `min` and `max` a
    judge that was measured against people."""

    scorer: str | None = None
    min: float | None = None
    max: float | None = None
    no_worse_than: str | None = None
    margin: float | None = Field(default=None, ge=0)
    segment: str | None = Field(default=None, pattern=r"^metadata\..+$")
    max_gap: float | None = Field(default=None, gt=0)
    calibrated: bool | None = None
    min_kappa: float | None = Field(default=None, ge=0, le=1)
    latency_p50: float | None = Field(default=None, gt=0)
    latency_p95: float | None = Field(default=None, gt=0)
    latency_p99: float | None = Field(default=None, gt=0)
    cost_per_case: float | None = Field(default=None, ge=0)
    error_rate: float | None = Field(default=None, ge=0, le=1)

    @model_validator(mode="after")
    def _one_form(self) -> "GateSpec":
        given = {name for name, value in self if value is not None}
        bounds = given & {"min", "max", "no_worse_than", "max_gap"}
        limits = given - {"scorer", "margin", "segment", "calibrated", "min_kappa"} - bounds
        if "scorer" in given:
            if len(bounds) != 1 or limits:
                raise ValueError("a scorer gate takes exactly one of min, max, no_worse_than, max_gap")
        elif bounds or len(limits) != 1:
            raise ValueError("a gate is {scorer: …, min|max|no_worse_than: …} or one limit such as {latency_p95: 2.0}")
        if "calibrated" in given and not bounds & {"min", "max"}:
            raise ValueError("calibrated goes with min or max of a scorer: {scorer: …, min: 0.8, calibrated: true}")
        if "min_kappa" in given and not self.calibrated:
            raise ValueError("min_kappa goes with calibrated: true")
        if ("segment" in given) != ("max_gap" in given):
            raise ValueError("segment and max_gap go together: {scorer: …, segment: metadata.lang, max_gap: 0.1}")
        if "margin" in given and "no_worse_than" not in given:
            raise ValueError("margin goes with no_worse_than")
        return self


class JudgeSpec(Noun):
    """Who judges: a chat model (none: the workspace's `[models] judge`) with its parameters, and how often each score is
    asked for."""

    model: str | None = None
    parameters: dict[str, Json] = Field(default_factory=dict)
    repeats: int = Field(default=1, ge=1, le=50)


class SplitSpec(Noun):
    """Which cases of a dataset a suite asks: those whose `metadata.split` is `name`, or a share that cluster and seed decide.

    A cluster has a place between 0 and 1, the digest of seed and cluster; a share takes the places from `after` on. So a case
    stays on its side when others are added or removed, and cases that depend on each other are never parted.
    """

    name: str | None = Field(default=None, min_length=1)
    share: float | None = Field(default=None, gt=0, le=1)
    after: float = Field(default=0.0, ge=0, lt=1)
    seed: int = 0

    @model_validator(mode="before")
    @classmethod
    def _named(cls, written: Json) -> Json:
        return {"name": written} if isinstance(written, str) else written

    @model_validator(mode="after")
    def _one_form(self) -> "SplitSpec":
        if (self.name is None) == (self.share is None):
            raise ValueError("a split is a name, or {share: 0.2, seed: 7}")
        if self.share is not None and self.after + self.share > 1 + 1e-9:
            raise ValueError(f"after {self.after:g} and share {self.share:g} are more than 1 together")
        return self

    def holds(self, cluster: str, metadata: Mapping[str, Json]) -> bool:
        """Whether a case belongs to the split."""
        if self.share is None:
            return str(metadata.get("split")) == self.name
        place = int(digest("split", {"seed": self.seed, "cluster": cluster})[-16:], 16) / 2**64
        end = round(self.after + self.share, 12)  # so that 0.1 + 0.2 ends where what is after 0.3 begins
        return self.after <= place and (place < end or end >= 1)

    def __str__(self) -> str:
        if self.name is not None:
            return self.name
        after = f" after {self.after:g}" if self.after else ""
        return f"{self.share:g}{after}, seed {self.seed}"


class SuiteFile(Noun):
    """A suite as written: the dataset by path or ref. `max_missing` is the share of missing scores that a gate tolerates."""

    description: str = ""
    target: TargetSpec
    dataset: str
    split: SplitSpec | None = None
    repeats: int = Field(default=1, ge=1, le=1000)
    scorers: tuple[ScorerSpec, ...] = Field(min_length=1)
    judge: JudgeSpec | None = None
    gates: tuple[GateSpec, ...] = ()
    budget: Budget | None = None
    max_missing: float = Field(default=0.02, ge=0, le=1)


class SuiteSpec(SuiteFile):
    """A suite as registered: the dataset pinned."""

    dataset: Pin  # type: ignore[assignment]  # the written form holds its path or ref


class DatasetSpec(Noun):
    """A dataset: its cases as canonical JSON lines in a blob, and how many they are. `scorers` are the labels of those that
    single cases bring."""

    cases: int
    blob: str
    columns: tuple[str, ...] = ()
    scorers: tuple[str, ...] = ()
