"""Monitors as written and as registered: what is watched, by which signals, against which reference, and what follows."""

from typing import Literal

from pydantic import Field, field_validator, model_validator

from llmops.core.durations import seconds
from llmops.core.errors import SettingsError
from llmops.core.hashing import Json
from llmops.domain.artifact import Pin
from llmops.domain.noun import Noun
from llmops.domain.signal import SignalSpec

Block = Literal["session", "user", "hour"]


def _a_duration(text: str) -> str:
    try:
        seconds(text)
    except SettingsError as error:
        raise ValueError(f"{error.message}; {error.hint}") from error
    return text


class MonitorTarget(Noun):
    """What is watched. Exactly one of: an `app`, or a `model` whose predictions are logged or lie in a `file` of rows."""

    app: str | None = None
    model: str | None = None
    file: str | None = None

    @model_validator(mode="after")
    def _one_target(self) -> "MonitorTarget":
        if (self.app is None) == (self.model is None):
            both = "both" if self.app is not None else "neither"
            raise ValueError(f"a target is exactly one of app, model; here it is {both}")
        if self.file is not None and self.model is None:
            raise ValueError("file goes with a target of model")
        return self

    @property
    def kind(self) -> Literal["app", "model"]:
        """Which of the forms it has."""
        return "app" if self.app is not None else "model"

    @property
    def named(self) -> str:
        """The ref."""
        return self.app or self.model or ""


class ReferenceSpec(Noun):
    """What is compared with: the interactions of the `last` days before the monitor first runs, those from `since` until
    `until`, or the cases of a `dataset` by path or ref. With an `alias` only versions count that it holds or held."""

    alias: str | None = None
    dataset: str | None = None
    last: str | None = None
    since: str | None = None
    until: str | None = None
    minimum: int = Field(default=200, ge=100, le=100_000)

    @model_validator(mode="before")
    @classmethod
    def _fourteen_days(cls, written: Json) -> Json:
        if isinstance(written, dict) and not {"last", "since", "until", "dataset"} & set(written):
            return {**written, "last": "14d"}
        return written

    @field_validator("last")
    @classmethod
    def _last(cls, text: str | None) -> str | None:
        return None if text is None else _a_duration(text)

    @model_validator(mode="after")
    def _one_window(self) -> "ReferenceSpec":
        if self.dataset is not None and (self.last, self.since, self.until) != (None, None, None):
            raise ValueError("a reference is a dataset, or a time (last, or since and until); not both")
        if self.last is not None and (self.since is not None or self.until is not None):
            raise ValueError("a reference is the last days, or since and until; not both")
        if self.since is not None and self.until is None:
            raise ValueError("since goes with until: {since: 2026-03-01, until: 2026-03-14}")
        return self


class PinnedReference(ReferenceSpec):
    """A reference as registered: the dataset pinned."""

    dataset: Pin | None = None  # type: ignore[assignment]  # the written form holds its path or ref


class FalseAlarms(Noun):
    """How many false alarms are tolerated: `mean_run_length` interactions between them, over all signals and segments
    together, shared among them by a `rule`."""

    mean_run_length: float = Field(default=100_000, ge=100, le=1e12)
    rule: Literal["e-d-bh", "bonferroni"] = "e-d-bh"


class OnAlert(Noun):
    """What an alert leads to: a connection is notified, or an alias rolled back if it moved `within` that time and the chance
    of ever doing so without a change is at most `false_action`."""

    notify: str | None = None
    rollback: str | None = None
    within: str | None = None
    false_action: float | None = Field(default=None, gt=0, lt=1)

    @field_validator("within")
    @classmethod
    def _within(cls, text: str | None) -> str | None:
        return None if text is None else _a_duration(text)

    @model_validator(mode="after")
    def _one_form(self) -> "OnAlert":
        if (self.notify is None) == (self.rollback is None):
            raise ValueError("an action is {notify: CONNECTION} or {rollback: REF, within: 1h, false_action: 0.01}")
        needed = self.within is not None and self.false_action is not None
        if self.rollback is not None and not needed:
            raise ValueError("rollback needs within and false_action: {rollback: REF, within: 1h, false_action: 0.01}")
        if self.notify is not None and (self.within is not None or self.false_action is not None):
            raise ValueError("within and false_action go with rollback")
        return self


class QuestionsFile(Noun):
    """Canary questions as written: a dataset by path or ref, asked `every` so often, `repeats` times at first."""

    dataset: str
    every: str = "1d"
    repeats: int = Field(default=3, ge=2, le=20)

    @model_validator(mode="before")
    @classmethod
    def _named(cls, written: Json) -> Json:
        return {"dataset": written} if isinstance(written, str) else written

    @field_validator("every")
    @classmethod
    def _every(cls, text: str) -> str:
        return _a_duration(text)


class QuestionsSpec(QuestionsFile):
    """Canary questions as registered: the dataset pinned."""

    dataset: Pin  # type: ignore[assignment]  # the written form holds its path or ref


class MonitorFile(Noun):
    """A monitor as written."""

    description: str = ""
    target: MonitorTarget
    signals: tuple[SignalSpec, ...] = Field(min_length=1)
    segments: tuple[str, ...] = ()
    reference: ReferenceSpec = ReferenceSpec()
    false_alarms: FalseAlarms = FalseAlarms()
    block: Block | None = None
    season: Literal["week"] | None = None
    on_alert: tuple[OnAlert, ...] = ()
    questions: QuestionsFile | None = None

    @field_validator("segments")
    @classmethod
    def _are_segments(cls, segments: tuple[str, ...]) -> tuple[str, ...]:
        for number, segment in enumerate(segments):
            if not segment.startswith("metadata.") or len(segment) == len("metadata."):
                raise ValueError(f"{segment!r} is no segment; write metadata.KEY, for example metadata.lang")
            if segment in segments[:number]:
                raise ValueError(f"{segment!r} stands there twice")
        return segments

    @model_validator(mode="after")
    def _has_an_app_to_ask(self) -> "MonitorFile":
        if self.questions is not None and self.target.app is None:
            raise ValueError("questions go with a target of app: a model is not asked")
        return self

    @model_validator(mode="after")
    def _has_times(self) -> "MonitorFile":
        if self.reference.dataset is not None and (self.block or self.season):
            raise ValueError(
                "block and season need times, which the cases of a dataset have not: write reference: {last: 14d}"
            )
        return self

    @property
    def false_action(self) -> float | None:
        """The smallest chance of a false action that its rollbacks allow; None where nothing is rolled back."""
        return min((one.false_action for one in self.on_alert if one.false_action is not None), default=None)


class MonitorSpec(MonitorFile):
    """A monitor as registered: the datasets of its reference and questions pinned."""

    reference: PinnedReference = PinnedReference()
    questions: QuestionsSpec | None = None
