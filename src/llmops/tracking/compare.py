"""What tells recorded runs apart: the parameters that differ, what all share, what they measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from llmops.core.hashing import Json
from llmops.domain.run import Metric, RunRecord
from llmops.storage.recording import number_of
from llmops.tracking.system import PREFIX

_SURROUNDINGS: Final = ("commit", "changes", "environment", "dataset")


@dataclass(frozen=True, slots=True)
class Contrast:
    """Runs side by side. Each value stands in the order of `records`, None for a run that has none.

    `varied` are the parameters that differ, those most runs have first; `shared` the ones that all have alike;
    `metrics` are in the order of how many runs have them, and without those of the machine.
    """

    records: tuple[RunRecord, ...]
    varied: Mapping[str, tuple[str | None, ...]]
    shared: Mapping[str, str]
    refs: Mapping[str, tuple[str | None, ...]]
    metrics: Mapping[str, tuple[Metric | None, ...]]

    def numbers(self, key: str) -> list[float | None]:
        """The last values of a metric."""
        return [metric.value if metric else None for metric in self.metrics[key]]


def contrast(records: Sequence[RunRecord], metrics: Sequence[str] = ()) -> Contrast:
    """Put runs side by side; with only the given metrics, where any are, the first of them first."""
    params = _by_key([record.params for record in records])
    refs = _by_key([record.run.refs for record in records])
    measured = _by_key([record.metrics for record in records])
    wanted = list(metrics) or [key for key in measured if not key.startswith(PREFIX)]
    return Contrast(
        records=tuple(records),
        varied={key: values for key, values in params.items() if len(set(values)) > 1},
        shared={key: values[0] for key, values in params.items() if len(set(values)) == 1 and values[0] is not None},
        refs={key: refs[key] for key in _SURROUNDINGS if key in refs and len(set(refs[key])) > 1},
        metrics={key: measured[key] for key in wanted if key in measured},
    )


def axis_values(values: Sequence[str | None]) -> list[float | str | None]:
    """Parameters as they stand on an axis: as numbers where all of them are."""
    numbers = [None if value is None else number_of(value) for value in values]
    if all(number is not None for number, value in zip(numbers, values, strict=True) if value is not None):
        return list(numbers)
    return list(values)


def contrast_json(found: Contrast) -> Json:
    """The same as plain values."""
    return {
        "runs": [
            record.run.model_dump(mode="json", include={"id", "type", "name", "experiment", "status", "started_at"})
            for record in found.records
        ],
        "params": {"varied": {key: list(values) for key, values in found.varied.items()}, "shared": dict(found.shared)},
        "refs": {key: list(values) for key, values in found.refs.items()},
        "metrics": {
            key: [metric.model_dump(mode="json", exclude={"key"}) if metric else None for metric in values]
            for key, values in found.metrics.items()
        },
    }


def _by_key(rows: Sequence[Mapping[str, Json]]) -> dict[str, tuple[Json, ...]]:
    """The values of each key in the order of the rows; keys that most rows have first."""
    counts: dict[str, int] = {}
    for found in rows:
        for key in found:
            counts[key] = counts.get(key, 0) + 1
    keys = sorted(counts, key=lambda key: (-counts[key], key))
    return {key: tuple(found.get(key) for found in rows) for key in keys}
