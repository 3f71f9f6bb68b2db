"""All series of a monitor together."""

import random
from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.core.hashing import Json
from llmops.domain.interaction import Interaction, Usage
from llmops.domain.monitor import MonitorSpec
from llmops.domain.signal import SignalDirection, SignalKind
from llmops.measures.bounded import estimated_zone
from llmops.monitor.loading import AnySignal
from llmops.monitor.panel import SEGMENTS, Panel
from llmops.monitor.signals.answers import Language
from llmops.monitor.signals.operation import Errors, Latency
from llmops.monitor.waiting import values_of
from tests.support.interactions import interaction

SIGNALS: dict[str, AnySignal] = {"latency": Latency(), "errors": Errors()}
ROLLBACK = {"rollback": "app/docs@production", "within": "1h", "false_action": 0.01}


def panel(**fields: Json) -> Panel:
    written = [{"signal": label, "label": label} for label in SIGNALS]
    known = {"target": {"app": "docs"}, "signals": written, "segments": ["metadata.lang"]}
    return Panel("docs", MonitorSpec.model_validate({**known, **fields}), SIGNALS)


def feed(one: Panel, count: int, *, slow: float = 0.0, seed: int = 1) -> None:
    draw = random.Random(seed)
    rows = []
    for n in range(count):
        seconds = draw.lognormvariate(slow, 0.5)
        rows.append(interaction(n, usage=Usage(latency=seconds), metadata={"lang": draw.choice(["de", "en"])}))
    take(one, rows)


def take(one: Panel, page: Sequence[Interaction]) -> None:
    one.take(page, {label: [signal.measure(row) for row in page] for label, signal in one.signals.items()})  # type: ignore[union-attr]  # both measure one


def states(one: Panel) -> dict[tuple[str, str, str], str]:
    return {(status.signal, status.segment, status.promise): status.state for status in one.statuses()}


def test_a_shift_shows_in_its_signal_and_segments_alone() -> None:
    one = panel(on_alert=[ROLLBACK])
    feed(one, 800)
    assert set(states(one).values()) == {"not_enough_data"}
    one.end_reference()
    feed(one, 300, seed=2)
    one.flush()
    assert set(states(one).values()) == {"ok"}
    feed(one, 300, slow=1.0, seed=3)
    one.flush()
    found = states(one)
    drifting = {key for key, state in found.items() if state == "drift"}
    segments = ("", "metadata.lang=de", "metadata.lang=en")
    assert drifting == {("latency", segment, promise) for segment in segments for promise in ("arl", "pfa")}
    (status,) = [s for s in one.statuses() if (s.signal, s.segment, s.promise) == ("latency", "", "arl")]
    assert status.threshold == 100_000 * 6
    assert status.current is not None
    assert status.reference is not None
    assert status.current > 2 * status.reference
    assert status.since is not None
    one.follow_move()
    assert {key for key, state in states(one).items() if state == "drift"} == {("latency", s, "arl") for s in segments}


def test_an_alarm_stays_until_the_evidence_has_gone() -> None:
    one = panel()
    feed(one, 400)
    one.end_reference()
    feed(one, 200, slow=1.0, seed=2)
    one.flush()
    assert "drift" in states(one).values()
    for series in one.series.values():
        series.restart()
        series.alarmed = True
    one.calm_down()
    assert set(states(one).values()) == {"ok"}


def test_what_could_not_be_read_is_no_value() -> None:
    one = panel()
    feed(one, 250)
    one.end_reference()
    rows = [interaction(n) for n in range(300)]
    one.take(rows, {"latency": [ValueError("no clock")] * 300, "errors": [float("nan"), *[7.0] * 299]})
    one.flush()
    found = {status.signal: (status.state, status.note) for status in one.statuses() if not status.segment}
    assert found == {
        "latency": ("could_not_read", "300 values could not be read: ValueError: no clock"),
        "errors": ("could_not_read", "300 values could not be read: ValueError: 7 does not lie between 0 and 1"),
    }


def test_it_goes_on_after_a_restart_and_forgets_signals_that_changed() -> None:
    one = panel()
    feed(one, 400)
    one.end_reference()
    shared, series = one.to_json()
    again = panel()
    assert again.restore(shared, series) == []
    assert again.statuses() == [s.model_copy(update={}) for s in one.statuses()]
    changed = panel(signals=[{"signal": "latency", "label": "latency"}, {"signal": "length", "label": "errors"}])
    gone = changed.restore(shared, series)
    assert {label for label, _ in gone} == {"errors"}
    assert {label for label, _ in changed.series} == {"latency"}


def test_too_many_segments_are_counted_and_left_out() -> None:
    one = panel()
    take(one, [interaction(n, metadata={"lang": f"l{n}"}) for n in range(SEGMENTS + 10)])
    assert (len(one.series), one.left_out["metadata.lang"]) == (2 * (SEGMENTS + 1), 10)


def test_words_are_watched_once_their_ranks_are_fixed() -> None:
    one = Panel("docs", panel().spec.model_copy(update={"segments": ()}), {"latency": Language(), "errors": Errors()})
    one.take([interaction(n) for n in range(150)], {"latency": ["en", "de"] * 75})
    assert [len(values_of(one.waiting, *key).numbers) for key in one.series] == [50]


@settings(max_examples=20, deadline=None)
@given(cuts=st.lists(st.integers(0, 300), max_size=4), seed=st.integers(0, 9))
def test_pages_of_any_size_give_the_same_series(cuts: list[int], seed: int) -> None:
    draw = random.Random(seed)
    rows = [
        interaction(
            n,
            usage=Usage(latency=draw.choice([0.0, draw.random()])),
            metadata=draw.choice([{}, {"lang": "de"}, {"lang": "en"}]),
        )
        for n in range(300)
    ]
    whole, parts = (
        panel(on_alert=[ROLLBACK], reference={"minimum": 100}),
        panel(reference={"minimum": 100}, on_alert=[ROLLBACK]),
    )
    whole.reference = parts.reference = False
    take(whole, rows)
    for begin, end in pairwise([0, *sorted(cuts), 300]):
        take(parts, rows[begin:end])
    for one in (whole, parts):
        one.flush()
    assert whole.to_json() == parts.to_json()


def test_the_chance_of_a_badly_estimated_mean_is_shared() -> None:
    one = panel(on_alert=[ROLLBACK])
    feed(one, 400)
    one.end_reference()
    streams = one.series["errors", ""]
    assert streams.stream is not None
    assert streams.guard is not None
    zones = [stream.source for stream in (streams.stream, streams.guard)]
    assert zones == [estimated_zone([0.0] * 400, delta=delta / 6) for delta in (0.05, 0.005)]
    assert {status.threshold for status in one.statuses()} == {100_000 * 6, 200 * 6}


class Topics:
    """Vectors of topics that are equally far from their centre."""

    kind: SignalKind = "vector"
    direction: SignalDirection = "none"


def test_other_shares_of_the_same_topics_show_in_vectors_of_the_same_distance() -> None:
    written = [{"signal": "embedding", "label": "topics"}]
    spec = MonitorSpec.model_validate(
        {"target": {"app": "docs"}, "signals": written, "segments": ["metadata.lang"], "on_alert": [ROLLBACK]}
    )
    one = Panel("docs", spec, {"topics": Topics()})  # type: ignore[dict-item]  # nothing is measured here
    draw = random.Random(4)

    def topics(count: int, shares: Sequence[float]) -> None:
        drawn = draw.choices(range(4), shares, k=count)
        rows = [[draw.gauss(float(topic == place), 0.1) for place in range(4)] for topic in drawn]
        page = [interaction(n, metadata={"lang": "de"}) for n in range(count)]
        one.take(page, {"topics": rows})

    topics(600, [1, 1, 1, 1])
    one.end_reference()
    topics(200, [1, 1, 1, 1])
    one.flush()
    assert set(states(one).values()) == {"ok"}
    assert one.sources == 2
    topics(400, [4, 1, 1, 1])
    one.flush()
    assert set(states(one).values()) == {"drift"}
    status = one.statuses()[0]
    assert status.observations == 600
    assert "it shows most along direction" in status.note
    assert status.threshold == 100_000 * 2
    shared, series = one.to_json()
    assert {key[0] for key in series} == {"topics", *(f"topics~{n}" for n in (1, 2, 3, 4))}
    again = Panel("docs", spec, {"topics": Topics()})  # type: ignore[dict-item]
    assert again.restore(shared, series) == []
    assert [each.statistic for each in again.statuses()] == [each.statistic for each in one.statuses()]
    one.follow_move()
    assert [each.state for each in one.statuses() if each.promise == "pfa"] == ["ok", "ok"]
