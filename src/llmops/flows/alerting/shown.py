"""An alert as it is shown: the evidence against its threshold, what changed before, examples with their texts, what to type."""

from collections.abc import Iterator
from dataclasses import dataclass

from llmops.core.errors import NotFound
from llmops.core.hashing import Json
from llmops.domain.alert import Alert, Change, Example, Stream
from llmops.domain.interaction import Interaction
from llmops.flows.interactions.reviewing import question_of
from llmops.presentation.cleaning import one_line
from llmops.storage.store import Store

_WIDTH = 100


@dataclass(frozen=True, slots=True)
class ShownAlert:
    """An alert with its examples as the log has them; None of one that was deleted since."""

    alert: Alert
    examples: tuple[tuple[Example, Interaction | None], ...]

    def as_json(self) -> Json:
        """The alert, its examples with question and answer after redaction."""
        told = self.alert.as_json()
        for example, (_, one) in zip(told["examples"], self.examples, strict=True):
            example["question"] = None if one is None else question_of(one)
            example["answer"] = None if one is None else one.output
        return told


def shown(store: Store, alert: Alert) -> ShownAlert:
    """Look up what an alert shows."""
    return ShownAlert(alert, tuple((example, _look_up(store, example)) for example in alert.examples))


def layout(found: ShownAlert) -> Iterator[str]:
    """The lines of an alert."""
    alert = found.alert
    yield f"{alert.id}  {alert.state}  {alert.title}"
    yield f"since {alert.since:%Y-%m-%d %H:%M} UTC (estimated), opened {alert.opened_at:%Y-%m-%d %H:%M} UTC"
    yield ""
    yield "Evidence"
    for stream in alert.streams:
        yield from _evidence(stream)
    yield ""
    yield "What changed before"
    yield from (_change(change) for change in alert.changes)
    if not alert.changes:
        yield "  nothing that is on record"
    yield from (f"  {finding}" for finding in alert.findings)
    yield from _examples(found)
    yield ""
    yield "What happened"
    for event in alert.events:
        reason = f": {one_line(event.reason, _WIDTH)}" if event.reason else ""
        yield f"  {event.at:%Y-%m-%d %H:%M}  {event.what} by {event.actor.name}{reason}"
    yield ""
    yield "Type"
    yield from (f"  {command}" for command in alert.commands)


def _evidence(stream: Stream) -> Iterator[str]:
    calm = "" if stream.drifting else " (calm again)"
    means = ""
    if stream.current is not None:
        before = "" if stream.reference is None else f", before {stream.reference:.4g}"
        means = f"; mean now {stream.current:.4g}{before}"
    yield (
        f"  {stream.name}: statistic {stream.statistic:,.4g} against {stream.threshold:,.4g} "
        f"after {stream.observations:,} observations{means}{calm}"
    )
    yield f"    {stream.words}"
    if stream.note:
        yield f"    {stream.note}"


def _change(change: Change) -> str:
    share = "" if change.share is None else f"; explains {change.share:.0%} of the shift"
    return f"  {change.at:%Y-%m-%d %H:%M}  {change.what}{share}"


def _examples(found: ShownAlert) -> Iterator[str]:
    kind = ""
    for example, one in found.examples:
        if example.kind != kind:
            kind = example.kind
            yield ""
            yield f"Examples, {kind}"
        value = "" if example.value is None else f" ({example.value:.4g})"
        if one is None:
            yield f"  {example.interaction}{value}: deleted from the log"
        else:
            yield f"  {example.interaction}{value}: {one_line(question_of(one), _WIDTH)}"
            yield f"    → {one_line(one.output, _WIDTH)}"


def _look_up(store: Store, example: Example) -> Interaction | None:
    try:
        return store.interactions.get(example.interaction)
    except NotFound:
        return None
