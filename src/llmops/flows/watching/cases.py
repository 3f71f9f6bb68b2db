"""The cases of a dataset as the reference of a monitor: what each signal measures of a case as if it were an interaction.

The output of a case is its recorded one (`metadata.output` or `metadata.prediction`), else the one that is expected
(`expectations.output`, `answer`, `label`, `value`); its contexts are `expectations.contexts`. Cases have no order in time: they
are taken in an order drawn from their ids, so that a sorted file is as good as any other.
"""

import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.corpus import Context
from llmops.domain.evaluation import Case
from llmops.domain.interaction import Interaction
from llmops.flows.services import Services
from llmops.flows.watching.opening import OpenMonitor
from llmops.monitor.loading import AnySignal
from llmops.monitor.panel import Panel
from llmops.monitor.projections import FIRST
from llmops.monitor.protocol import Measured
from llmops.monitor.signals.answers import Format

MOST: Final = 5_000  # cases, and where a model is asked about each
ASKED: Final = 1_000
PAGE: Final = 1_000
_NO_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
_OUTPUTS: Final = (
    ("metadata", "output"), ("metadata", "prediction"), ("expectations", "output"), ("expectations", "answer"),
    ("expectations", "label"), ("expectations", "value"),
)  # fmt: skip
Measure = Callable[[AnySignal, Sequence[Interaction]], Sequence[Measured | Exception]]


def begin_with_cases(services: Services, monitor: OpenMonitor, panel: Panel, measure: Measure) -> None:
    """Have a panel take the cases of the monitor's dataset for its reference, and end it.

    Segments of which the dataset has too few cases gather a reference of their own later.

    Raises:
        InputError: a signal cannot be computed from cases, or has too few values.
    """
    pin = monitor.spec.reference.dataset
    assert pin is not None
    named = f"dataset/{pin.name}"
    for label, signal in monitor.signals.items():
        _require_cases(label, signal, named)
    found = sorted(services.registry.cases(pin), key=lambda case: (zlib.crc32(case.id.encode()), case.id))[:MOST]
    is_model = monitor.spec.target.model is not None
    for start in range(0, len(found), PAGE):
        page = [as_interaction(case, is_model=is_model) for case in found[start : start + PAGE]]
        measured = {
            label: measure(_of_all(signal), page)
            for label, signal in monitor.signals.items()
            if start < ASKED or not hasattr(signal, "measure_page")
        }
        panel.take(page, measured)
    panel.flush()
    for label in monitor.signals:
        _require_values(panel, label, len(found), named)
    panel.leave_out_small()
    panel.end_reference()


def as_interaction(case: Case, *, is_model: bool = False) -> Interaction:
    """A case as an interaction that nobody has timed. Of a classic model the inputs are metadata too, as columns of rows are."""
    contexts = case.expectations.get("contexts")
    texts = [text for text in contexts if isinstance(text, str)] if isinstance(contexts, list) else []
    return Interaction(
        id=case.id,
        at=_NO_TIME,
        source="log",
        inputs=case.inputs,
        output=_output(case),
        contexts=tuple(Context(id=f"{case.id}-{n}", text=text, score=1.0) for n, text in enumerate(texts)),
        metadata={**case.inputs, **case.metadata} if is_model else case.metadata,
    )


def _output(case: Case) -> str:
    values: list[Json] = [getattr(case, part).get(key) for part, key in _OUTPUTS]
    value = next((value for value in values if value is not None), "")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _require_cases(label: str, signal: AnySignal, named: str) -> None:
    missing = getattr(signal, "live", "")
    if isinstance(signal, Format) and signal.schema == "prompt":
        missing = "which prompt was answered"
    if missing:
        raise InputError(
            f"signal {label!r} cannot be computed from {named}: its cases do not tell {missing}",
            hint="Write reference: {last: 14d}, or watch it in a monitor of its own with that reference.",
        )


def _of_all(signal: AnySignal) -> AnySignal:
    """A signal that looks at a sample looks at every case."""
    return replace(signal, sample=1.0) if hasattr(signal, "sample") else signal  # type: ignore[type-var]  # signals with fields are dataclasses


def _require_values(panel: Panel, label: str, cases: int, named: str) -> None:
    minimum, readings = panel.spec.reference.minimum, panel.readings[label]
    series = panel.series.get((label, ""))
    count = 0 if series is None else len(series.gathered)
    if count >= minimum:
        return
    fixing = FIRST if panel.signals[label].kind in ("category", "vector") else 0
    failed = f"; {readings.failed} could not be read: {readings.problem}" if readings.failed else ""
    if not readings.read:
        raise InputError(
            f"signal {label!r} has no value in any of the {cases:,} cases of {named}{failed}",
            hint="Give the cases what it reads (an output is metadata.output, else expectations.answer), or write "
            "reference: {last: 14d}.",
        )
    needed = f"{minimum} are needed" if not fixing else f"{minimum} are needed after the first {fixing}"
    lower = f" or write minimum: {count}," if count >= 100 else ""
    raise InputError(
        f"signal {label!r} has {readings.read:,} values in {named}, and {needed}{failed}",
        hint=f"Add cases,{lower} or write reference: {{last: 14d}}.",
    )
