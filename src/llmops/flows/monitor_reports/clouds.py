"""Signals that are vectors: whether those of before and now differ anywhere, and which interactions show it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from llmops.domain.alert import Alert
from llmops.domain.interaction import Interaction
from llmops.flows.alerting.shown import shown
from llmops.flows.alerting.witnessing import FEWEST, SHOWN, typical
from llmops.flows.services import Services
from llmops.flows.watching.evaluate import measure
from llmops.flows.watching.opening import OpenMonitor
from llmops.monitor.loading import AnySignal

SAMPLE: Final = 200  # interactions of each side
ALERTS: Final = 5  # the newest ones whose examples are shown
Rows = list[tuple[Interaction, Sequence[float]]]


@dataclass(frozen=True, slots=True)
class CloudReport:
    """A signal of vectors, before and now.

    Attributes:
        sizes: how many vectors were compared; of fewer than 20 on a side there is nothing but that.
        p: of the maximum mean discrepancy by random Fourier features, for this one look.
        apart: how well a classifier tells now from before (0.5: not at all) with its interval.
        cosine: of both centres.
    """

    name: str
    sizes: tuple[int, int]
    p: float | None = None
    apart: tuple[float, float, float] | None = None
    cosine: float | None = None


@dataclass(frozen=True, slots=True)
class ShownExample:
    """An interaction that shows something: of which kind, and what of (an alert, or a signal of vectors)."""

    kind: str
    source: str
    interaction: Interaction


def clouds_of(
    monitor: OpenMonitor, found: Sequence[Interaction], split: datetime | None
) -> tuple[list[CloudReport], list[ShownExample]]:
    """Compare the vectors of before and now, of up to 200 interactions each, and find examples."""
    reports: list[CloudReport] = []
    examples: list[ShownExample] = []
    for label, signal in monitor.signals.items():
        if signal.kind != "vector" or split is None:
            continue
        then, now = (_vectors(signal, [one for one in found if (one.at >= split) is new]) for new in (False, True))
        if min(len(then), len(now)) < FEWEST:
            reports.append(CloudReport(label, (len(then), len(now))))
            continue
        reports.append(_compared(label, then, now))
        examples += _witnesses(label, then, now)
    return reports, examples


def examples_of(services: Services, alerts: Sequence[Alert]) -> list[ShownExample]:
    """The examples of the newest alerts that the log still has."""
    return [
        ShownExample(example.kind, f"{alert.id} {alert.title}", one)
        for alert in alerts[:ALERTS]
        for example, one in shown(services.store, alert).examples
        if one is not None
    ]


def _vectors(signal: AnySignal, side: Sequence[Interaction]) -> Rows:
    whole = replace(signal, sample=1.0) if hasattr(signal, "sample") else signal  # type: ignore[type-var]  # signals with fields are dataclasses
    drawn = side[:: max(1, -(-len(side) // SAMPLE))]
    return [(one, value) for one, value in zip(drawn, measure(whole, drawn), strict=True) if isinstance(value, list)]


def _compared(label: str, then: Rows, now: Rows) -> CloudReport:
    from llmops.measures.clouds import centroid_shift, mean_discrepancy
    from llmops.measures.domain_classifier import separate

    before, since = [vector for _, vector in then], [vector for _, vector in now]
    told = separate(before, since)
    return CloudReport(
        label,
        (len(then), len(now)),
        mean_discrepancy(before, since).p,
        (told.auc, told.low, told.high),
        centroid_shift(before, since).cosine,
    )


def _witnesses(label: str, then: Rows, now: Rows) -> list[ShownExample]:
    from llmops.measures.clouds import find_witnesses

    found = find_witnesses([vector for _, vector in then], [vector for _, vector in now])
    newest = found.newest(SHOWN["most shifted"])
    usual = [place for place in typical(found.current) if place not in newest][: SHOWN["typical now"]]
    old = typical(found.reference)[: SHOWN["typical before"]]
    return [
        *(ShownExample("most shifted", label, now[place][0]) for place in newest),
        *(ShownExample("typical now", label, now[place][0]) for place in usual),
        *(ShownExample("typical before", label, then[place][0]) for place in old),
    ]
