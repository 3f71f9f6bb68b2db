"""Why something drifted: what changed just before, how much of the shift each explains, and examples that show it.

Traffic shortly before the change is compared with traffic since. How much goes with other traffic is a reweighting of segments;
how much goes with a new version, generation, policy or model is a comparison within segments with what the old one answered at
the same time. Changes that came together cannot be told apart, and this says so.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from llmops.domain.alert import Alert, Change, ChangeKind, Example, Stream
from llmops.domain.artifact import Move
from llmops.domain.interaction import Interaction, Wanted
from llmops.flows.alerting.causes import LOOK_BACK, SLACK
from llmops.flows.alerting.witnessing import Vectors, find_examples, no_vectors
from llmops.measures.attribution import Rows, decompose_change, explain_by_label
from llmops.storage.store import Store

ROWS: Final = 2_000  # interactions looked at on each side
MOST_SEGMENTS: Final = 20  # values of a key of metadata, above which it tells no segments
FEWEST: Final = 20
SHOWN: Final = {"most shifted": 5, "typical now": 3, "typical before": 3}
_LABELS: Final[tuple[tuple[ChangeKind, str, str], ...]] = (
    ("version", "app", "version of the app"),
    ("version", "prompt", "prompt"),
    ("version", "rag", "RAG configuration"),
    ("index", "generation", "index generation"),
    ("policy", "policy", "policy"),
    ("model", "model", "model"),
    ("model", "fingerprint", "the provider's mark of the model"),
)

Measure: TypeAlias = Callable[[str, Interaction], float | None]
"""The value of a signal for an interaction; None where it has none."""


@dataclass(frozen=True, slots=True)
class Explained:
    """What an alert says of its cause."""

    changes: tuple[Change, ...] = ()
    examples: tuple[Example, ...] = ()
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sides:
    """Interactions before the change and since, of one segment or all, with the values of a signal where it has one."""

    before: Sequence[Interaction]
    since: Sequence[Interaction]
    values: tuple[Sequence[float], Sequence[float]] = ((), ())

    @property
    def shift(self) -> float:
        """How much the mean moved."""
        then, now = self.values
        return sum(now) / len(now) - sum(then) / len(then) if then and now else 0.0


def plain_value(signal: str, one: Interaction) -> float | None:
    """What needs nothing but the interaction itself."""
    found: float | None = {
        "latency": one.usage.latency,
        "length": float(len(one.output)),
        "tokens": float(one.usage.tokens),
        "cost": one.usage.cost,
        "error_rate": float(bool(one.error)),
        "feedback": one.score,
    }.get(signal)
    return found


def explain(
    store: Store, alert: Alert, moves: Sequence[Move], measure: Measure = plain_value, vectors: Vectors = no_vectors
) -> Explained:
    """Say what changed before an alert began, and how much of the shift each explains."""
    recorded = [_of_move(move) for move in moves if alert.since - LOOK_BACK <= move.at <= alert.since + SLACK]
    sides = leading_sides(store, alert, measure)
    if not sides.before or not sides.since:
        return Explained(tuple(recorded), (), ("too little traffic is in the log to say what else changed",))
    changes = [*recorded, *_new_labels(sides), *_new_sequences(store, sides)]
    mix = _mix(sides)
    findings = _findings([*changes, *mix], sides)
    ordered = sorted([*changes, *mix], key=lambda change: (change.at, change.kind))
    shown = [] if sides.values[0] else find_examples(alert, sides.before, sides.since, vectors)
    return Explained(tuple(ordered), tuple(shown or _examples(sides)), tuple(findings))


def leading_sides(store: Store, alert: Alert, measure: Measure) -> Sides:
    """The sides of the stream that drifts most and whose values are known; of the first one, if no values are."""
    sides = None
    for stream in sorted(alert.streams, key=lambda one: -one.statistic / one.threshold):
        found = read_sides(store, alert, stream, measure)
        if found.values[0]:
            return found
        sides = sides or found
    assert sides is not None  # an alert has streams
    return sides


def read_sides(store: Store, alert: Alert, stream: Stream, measure: Measure) -> Sides:
    """The interactions before and since, of the segment of a stream, those without a value left out where there are values."""
    segments = dict([stream.segment.removeprefix("metadata.").split("=", 1)]) if "=" in stream.segment else {}
    wanted = Wanted(app=alert.app, segments=segments, limit=ROWS)
    log = store.interactions
    since = list(
        log.texts(wanted.model_copy(update={"since": alert.since, "until": alert.until + timedelta(microseconds=1)}))
    )
    before = list(log.texts(wanted.model_copy(update={"until": alert.since})))
    measured = [[(one, measure(stream.signal, one)) for one in side] for side in (before, since)]
    having = [[(one, value) for one, value in side if value is not None] for side in measured]
    if min(len(side) for side in having) < FEWEST:
        return Sides(before, since)
    return Sides(
        [one for one, _ in having[0]],
        [one for one, _ in having[1]],
        ([value for _, value in having[0]], [value for _, value in having[1]]),
    )


def _of_move(move: Move) -> Change:
    what = f"{move.kind}/{move.name}@{move.alias}: {move.action}"
    what += f", version {move.from_number or '–'} → {move.to_number or '–'}, by {move.actor.name}"
    return Change(
        kind="alias", what=f"{what}{f' ({move.reason})' if move.reason else ''}", at=move.at, sequence=move.sequence
    )


def _new_labels(sides: Sides) -> list[Change]:
    """What answers now and did not before, with how much of the shift goes with it."""
    found = []
    for kind, key, name in _LABELS:
        then, now = ([_label(one, key) for one in side] for side in (sides.before, sides.since))
        known = Counter(then)
        for label in sorted({label for label in now if label and label not in known}):
            first = min(one.at for one in sides.since if _label(one, key) == label)
            share = now.count(label) / len(now)
            what = f"{name} {_short(label)} answers {share:.0%} of the traffic, and did not before"
            found.append(Change(kind=kind, what=what, at=first, share=_explained_by(sides, (then, now))))
    return found


def _explained_by(sides: Sides, labels: tuple[Sequence[str], Sequence[str]]) -> float | None:
    if not sides.values[0] or not sides.shift:
        return None
    key = _best_key(sides)
    rows = [
        Rows(values, _segments(side, key))
        for values, side in zip(sides.values, (sides.before, sides.since), strict=True)
    ]
    effect = explain_by_label(rows[0], rows[1], labels).explained
    return None if effect is None else effect.value / sides.shift


def _new_sequences(store: Store, sides: Sides) -> list[Change]:
    """Changes of what the index holds that only traffic since has seen."""
    known = {(one.refs.get("generation", ""), one.refs.get("sequence", "")) for one in sides.before}
    first: dict[tuple[str, str], datetime] = {}
    generations = {generation for generation, _ in known}
    for one in sides.since:
        place = (one.refs.get("generation", ""), one.refs.get("sequence", ""))
        if place[1] and place[0] in generations and place not in known:
            first[place] = min(first.get(place, one.at), one.at)
    return [
        Change(kind="index", what=f"index generation {_short(generation)} is at sequence {sequence}", at=at)
        for (generation, sequence), at in sorted(first.items(), key=lambda item: item[1])[:5]
    ]


def _mix(sides: Sides) -> list[Change]:
    """Who asks what now, by the key of metadata whose shares moved the most; and what of the shift that explains."""
    key = _best_key(sides)
    if not key:
        return []
    then, now = (Counter(_segments(side, key)) for side in (sides.before, sides.since))
    moved = {name: now[name] / len(sides.since) - then[name] / len(sides.before) for name in then | now}
    name = max(moved, key=lambda one: (abs(moved[one]), one))
    if abs(moved[name]) < 0.1:
        return []
    share = None
    if sides.values[0] and sides.shift:
        rows = [
            Rows(v, _segments(side, key)) for v, side in zip(sides.values, (sides.before, sides.since), strict=True)
        ]
        share = decompose_change(rows[0], rows[1]).mix.value / sides.shift
    shares = f"from {then[name] / len(sides.before):.0%} to {now[name] / len(sides.since):.0%}"
    what = f"traffic: {key}={name or '(none)'} went {shares}"
    return [Change(kind="mix", what=what, at=min(one.at for one in sides.since), share=share)]


def _best_key(sides: Sides) -> str:
    """The key of metadata with few values whose shares moved the most; empty where there is none."""
    keys = {key for side in (sides.before, sides.since) for one in side for key in one.metadata}
    best, largest = "", 0.0
    for key in sorted(keys):
        then, now = (Counter(_segments(side, key)) for side in (sides.before, sides.since))
        if not 2 <= len(then | now) <= MOST_SEGMENTS:
            continue
        moved = sum(abs(now[name] / len(sides.since) - then[name] / len(sides.before)) for name in then | now) / 2
        if moved >= largest:
            best, largest = key, moved
    return best


def _findings(changes: Sequence[Change], sides: Sides) -> list[str]:
    found = []
    versions = [
        change for change in changes if change.kind in ("version", "policy", "model") or "generation" in change.what
    ]
    if len({change.at for change in versions}) < len(versions) and len(versions) > 1:
        found.append("what came at the same time cannot be told apart; each share is that of all of them together")
    if any(change.share is None and "answers 100%" in change.what for change in versions):
        found.append("the old one answers nothing any more, so there is nothing of the same time to compare with")
    if not any(change.kind == "mix" for change in changes) and _best_key(sides):
        found.append("the traffic is much the same as before, by its metadata")
    return found


def _examples(sides: Sides) -> list[Example]:
    """The most shifted ones, in the direction of the shift, and those nearest to the means; without values the newest."""
    if not sides.values[0]:
        return [Example(interaction=one.id, kind="typical now") for one in sides.since[: SHOWN["typical now"]]]
    then, now = (
        list(zip(values, side, strict=True))
        for values, side in zip(sides.values, (sides.before, sides.since), strict=True)
    )
    sign = 1 if sides.shift >= 0 else -1
    means = [sum(values) / len(values) for values in sides.values]
    shifted = sorted(now, key=lambda pair: (-sign * pair[0], pair[1].id))[: SHOWN["most shifted"]]
    gone = {one.id for _, one in shifted}
    usual = sorted(now, key=lambda pair: (abs(pair[0] - means[1]), pair[1].id))
    usual = [pair for pair in usual if pair[1].id not in gone][: SHOWN["typical now"]]
    before = sorted(then, key=lambda pair: (abs(pair[0] - means[0]), pair[1].id))[: SHOWN["typical before"]]
    return [
        *(Example(interaction=one.id, kind="most shifted", value=value) for value, one in shifted),
        *(Example(interaction=one.id, kind="typical now", value=value) for value, one in usual),
        *(Example(interaction=one.id, kind="typical before", value=value) for value, one in before),
    ]


def _segments(side: Sequence[Interaction], key: str) -> list[str]:
    return [str(one.metadata.get(key, "")) for one in side]


def _label(one: Interaction, key: str) -> str:
    return {"model": one.model, "fingerprint": one.fingerprint}.get(key, one.refs.get(key, ""))


def _short(label: str) -> str:
    return label[:19] if label.startswith("sha256:") else label
