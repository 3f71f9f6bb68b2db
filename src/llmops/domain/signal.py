"""Signals: what a monitor measures of every interaction, and what it says of each stream of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field

from llmops.core.hashing import Json
from llmops.domain.noun import Noun

SignalKind = Literal["rate", "bounded", "scalar", "category", "vector"]
"""What values a signal has: 0 or 1, numbers from 0 to 1, any numbers, words, or vectors."""

SignalDirection = Literal["higher", "lower", "none"]
"""Whether higher or lower values are better, or neither."""

StreamState = Literal["ok", "drift", "not_enough_data", "could_not_read"]
Promise = Literal["arl", "pfa"]


class SignalSpec(Noun):
    """A signal as a monitor names it: catalog name or `module:function`, and its arguments. `label` is what tables call it."""

    signal: str
    label: str
    arguments: dict[str, Json] = Field(default_factory=dict)


class SignalStatus(Noun):
    """What a monitor says of one stream: a signal in a segment.

    Attributes:
        segment: "" is all of the traffic, else for example `metadata.lang=de`.
        statistic: the evidence of a change; at `threshold` it is an alarm.
        promise: `arl` (the monitor's mean run length) or `pfa` (the chance of ever acting falsely, for rollbacks).
        promised: that mean run length or that chance, of all streams of the monitor together.
        observations: values since the reference; blocks, where the monitor blocks.
        reference: the mean of the reference, and `current`, the mean since the change, or of all since the reference.
        since: when the change is estimated to have happened; None unless it drifts.
        note: what is to be known of it, in words: a promise withdrawn, what is missing, what could not be read.
        versions: by digest of the app, how many values and their mean.
        refs: what answered last, as replies have it.
    """

    monitor: str
    signal: str
    segment: str = ""
    state: StreamState
    statistic: float = 0.0
    threshold: float
    promise: Promise = "arl"
    promised: float | None = None
    observations: int = 0
    reference: float | None = None
    current: float | None = None
    since: datetime | None = None
    note: str = ""
    app: str = ""
    refs: Mapping[str, str] = Field(default_factory=dict)
    versions: Mapping[str, tuple[int, float]] = Field(default_factory=dict)
