"""What a model card says, gathered from what is recorded: nothing on it is written by hand but the message of the version."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from llmops.core.errors import NotFound
from llmops.core.hashing import Json
from llmops.core.names import Ref
from llmops.domain.artifact import Alias, Move, Version
from llmops.domain.model import ModelFile, ModelSpec
from llmops.domain.report import Report
from llmops.domain.run import RunRecord
from llmops.flows.services import Services
from llmops.presentation.figures import number, size

MOST_POINTS: Final = 500
_MOST_CURVES: Final = 12
_TIME: Final = "%Y-%m-%d %H:%M UTC"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the card: sentences, names with values, a table, or a text as it is."""

    title: str
    pairs: Sequence[tuple[str, str]] = ()
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    text: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known of this."""
        return not (self.pairs or self.rows or self.text)


@dataclass(frozen=True, slots=True)
class Card:
    """A model card; `curves` are metrics of its run over steps."""

    ref: str
    digest: str
    told: str
    message: str
    sections: Sequence[Section]
    curves: Mapping[str, Sequence[tuple[int, float | None]]]

    def as_json(self) -> Json:
        """Plain values."""
        return {
            "ref": self.ref,
            "digest": self.digest,
            "message": self.message,
            "sections": {
                part.title: dict(part.pairs)
                if part.pairs
                else [dict(zip(part.columns, row, strict=True)) for row in part.rows] or part.text
                for part in self.sections
            },
        }


def gather_card(services: Services, ref: Ref) -> Card:
    """Gather the card of a version.

    Raises:
        NotFound: there is no such version.
    """
    found = services.registry.resolve(ref)
    version = services.store.versions.get("model", found.name, found.number or 0)
    if version is None:
        raise NotFound(f"model/{found.name} has no version {found.number}", hint=f"llmops history model/{found.name}")
    spec = found.spec(ModelSpec)
    record = _record(services, spec)
    aliases = services.store.aliases.of("model", version.name)
    moves = services.store.aliases.history("model", version.name)
    moved = [_move(move) for move in moves if version.number in (move.from_number, move.to_number)]
    example = "" if spec.example is None else json.dumps(spec.example, ensure_ascii=False, indent=2)
    sections = [
        _about(services, version, spec, aliases),
        Section("Files", columns=("file", "format", "size", "SHA-256"), rows=[_file(file) for file in spec.files]),
        _signature(spec),
        Section("Example of the inputs", text=example),
        *(_training(record) if record else ()),
        Section("Made with", pairs=tuple(spec.frameworks.items())),
        _evaluations(services, version),
        Section("History", columns=_MOVE, rows=moved),
    ]
    return Card(
        f"model/{version.name}@{version.number}",
        version.digest,
        _held(version, aliases),
        version.origin.message,
        [section for section in sections if not section.is_empty],
        _curves(services, record) if record else {},
    )


_MOVE: Final = ("at", "alias", "action", "from", "to", "by", "reason", "evidence")


def _record(services: Services, spec: ModelSpec) -> RunRecord | None:
    """The run that it came from, where that is in this store."""
    try:
        run = services.store.runs.get(spec.run) if spec.run else None
    except NotFound:
        return None
    return services.store.tracking.records([run])[0] if run else None


def _held(version: Version, aliases: Sequence[Alias]) -> str:
    held = [alias.alias for alias in aliases if alias.number == version.number]
    return f"held by {', '.join(held)}" if held else "held by no alias"


def _about(services: Services, version: Version, spec: ModelSpec, aliases: Sequence[Alias]) -> Section:
    origin, tags = version.origin, services.store.tags.of(version)
    commit = f"{origin.git_commit[:12]}{' with changes' if origin.git_dirty else ''}" if origin.git_commit else ""
    told = (
        ("digest", version.digest),
        ("registered", f"{version.created_at:{_TIME}}"),
        ("author", origin.author),
        ("commit", commit),
        ("size", size(spec.size)),
        ("trained on", _dataset(services, spec)),
        ("run", spec.run),
        ("aliases", ", ".join(alias.alias for alias in aliases if alias.number == version.number)),
        ("tags", ", ".join(f"{key}={value}" for key, value in tags.items())),
    )
    return Section("Version", pairs=[(key, value) for key, value in told if value])


def _dataset(services: Services, spec: ModelSpec) -> str:
    if spec.dataset is None:
        return ""
    found = services.store.versions.by_digest("dataset", spec.dataset.name, spec.dataset.digest)
    number = f"@{found.number}" if found else ""
    return f"dataset/{spec.dataset.name}{number} ({spec.dataset.digest[:19]})"


def _file(file: ModelFile) -> tuple[str, ...]:
    return file.path, file.format, size(file.size), file.digest.removeprefix("sha256:")


def _signature(spec: ModelSpec) -> Section:
    sides = (("input", spec.signature.inputs), ("output", spec.signature.outputs))
    rows = [
        (side, column.name, str(column).removeprefix(f"{column.name}: "))
        for side, columns in sides
        for column in columns
    ]
    return Section("Signature", columns=("side", "name", "type"), rows=rows)


def _training(record: RunRecord) -> Iterator[Section]:
    run = record.run
    took = f"{(run.ended_at - run.started_at).total_seconds():,.1f} s" if run.ended_at else ""
    told = (
        ("run", f"{run.id} ({run.status})"),
        ("name", run.name),
        ("experiment", run.experiment),
        ("started", f"{run.started_at:{_TIME}}"),
        ("took", took),
    )
    yield Section("Training", pairs=[(key, value) for key, value in told if value])
    yield Section("Parameters", columns=("parameter", "value"), rows=sorted(record.params.items()))
    rows = [
        (metric.key, number(metric.value), str(metric.step), number(metric.lowest), number(metric.highest))
        for metric in record.metrics.values()
    ]
    yield Section("Metrics", columns=("metric", "last", "at step", "lowest", "highest"), rows=sorted(rows))


def _evaluations(services: Services, version: Version) -> Section:
    rows = []
    for run in services.store.runs.finished({"model": version.digest}):
        if run.summary is None:
            continue
        report = Report.model_validate(run.summary)
        for score in report.scores:
            interval = f"{number(score.interval.low)} to {number(score.interval.high)}" if score.interval else "–"
            told = (run.name, score.label, number(score.mean), interval, str(score.n))
            rows.append((*told, report.outcome, f"{run.ended_at:%Y-%m-%d}", run.id))
    columns = ("suite", "scorer", "mean", "95 % interval", "n", "gates", "on", "run")
    return Section("Evaluations", columns=columns, rows=rows)


def _move(move: Move) -> tuple[str, ...]:
    ends = ("–" if number is None else str(number) for number in (move.from_number, move.to_number))
    forced = " (forced)" if move.forced else ""
    return (
        f"{move.at:%Y-%m-%d %H:%M}", move.alias, f"{move.action}{forced}", *ends, move.actor.name, move.reason,
        ", ".join(move.evidence),
    )  # fmt: skip


def _curves(services: Services, record: RunRecord) -> dict[str, Sequence[tuple[int, float | None]]]:
    keys = [key for key, metric in sorted(record.metrics.items()) if metric.count > 1][:_MOST_CURVES]
    found = {key: services.store.tracking.curves([record.run.id], key, MOST_POINTS) for key in keys}
    return {key: points[record.run.id] for key, points in found.items() if record.run.id in points}
