"""What becomes of alerts with the next evaluation."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from llmops.domain.alert import Alert, AlertEvent, Stream
from llmops.flows.alerting.lifecycle import closed
from llmops.flows.alerting.merging import Merged, Seen, merge
from tests.support.alerts import a_move, drifting
from tests.support.examples import ANNA
from tests.support.interactions import BEGAN

HOUR = timedelta(hours=1)
NOW = BEGAN + 2 * HOUR


def evaluate(
    known: Sequence[Alert], drift: Sequence[Stream], calm: Sequence[str] = (), now: datetime = NOW, move: int = 7
) -> Merged:
    numbers = count(len(known) + 1)
    still = [drifting(name, statistic=1.0) for name in calm]
    seen = Seen("docs", "docs", now, drift, still, [a_move(move)] if move else [])
    return merge(known, seen, lambda: f"alr-{next(numbers)}")


def said(merged: Merged) -> list[tuple[str, str, str]]:
    return [(alert.id, alert.state, word) for alert, word in merged.told]


def shut(alert: Alert, at: datetime = NOW) -> Alert:
    return closed(alert, AlertEvent(at=at, what="closed", actor=ANNA))


def test_one_cause_opens_one_alert_and_the_next_run_only_updates_it() -> None:
    first = evaluate([], [drifting("latency"), drifting("length")])
    assert said(first) == [("alr-1", "open", "opened")]
    (alert,) = first.changed
    assert (alert.cause, alert.move, alert.ref, alert.since) == ("move:7", 7, "app/docs@production", BEGAN)
    later = evaluate([alert], [drifting("latency", statistic=9e5), drifting("length")], now=NOW + HOUR)
    assert later.told == []
    assert (later.changed[0].streams[0].statistic, later.changed[0].until) == (9e5, NOW + HOUR)
    assert len(later.changed[0].events) == 1


def test_a_further_signal_joins_also_what_was_acknowledged() -> None:
    (alert,) = evaluate([], [drifting("latency")]).changed
    looked_at = alert.model_copy(update={"state": "acknowledged"})
    spread = evaluate([looked_at], [drifting("latency"), drifting("length")], now=NOW + HOUR)
    assert said(spread) == [("alr-1", "acknowledged", "updated")]
    assert spread.changed[0].events[-1].reason == "it spread to length"


def test_a_stream_stays_with_its_alert_when_its_beginning_is_estimated_anew() -> None:
    (alert,) = evaluate([], [drifting("latency")], move=0).changed
    moved_on = evaluate([alert], [drifting("latency", since=BEGAN + HOUR * 9)], now=NOW + 9 * HOUR, move=0)
    assert moved_on.told == []
    assert len(moved_on.changed) == 1


def test_other_causes_open_alerts_of_their_own() -> None:
    late = drifting("length", since=BEGAN + 40 * HOUR)
    assert said(evaluate([], [drifting("latency"), late])) == [("alr-1", "open", "opened"), ("alr-2", "open", "opened")]


def test_an_alert_closes_when_all_of_it_is_calm_and_not_before() -> None:
    (alert,) = evaluate([], [drifting("latency"), drifting("length")]).changed
    half = evaluate([alert], [drifting("length")], ["latency"], NOW + HOUR)
    assert half.told == []
    done = evaluate(half.changed, [], ["latency", "length"], NOW + 2 * HOUR)
    assert said(done) == [("alr-1", "closed", "closed")]
    assert done.changed[0].events[-1].reason == "all signals are calm again"
    assert evaluate([alert], []).told == []  # what could not be read says nothing


def test_what_comes_back_within_a_day_reopens_and_later_is_new() -> None:
    (alert,) = evaluate([], [drifting("latency")]).changed
    (done,) = evaluate([alert], [], ["latency"]).changed
    again = drifting("latency", since=BEGAN + 40 * HOUR)
    assert said(evaluate([done], [again], now=NOW + 23 * HOUR)) == [("alr-1", "open", "reopened")]
    assert said(evaluate([done], [again], now=NOW + 25 * HOUR)) == [("alr-2", "open", "opened")]


def test_what_somebody_closed_is_quiet_until_it_was_calm_or_changes_anew() -> None:
    (alert,) = evaluate([], [drifting("latency")]).changed
    done = shut(alert)
    assert evaluate([done], [drifting("latency")], now=NOW + HOUR) == Merged([], [])
    anew = drifting("latency", since=NOW + HOUR)
    assert said(evaluate([done], [anew], now=NOW + 2 * HOUR)) == [("alr-1", "open", "reopened")]
    (calm,) = evaluate([done], [], ["latency"], NOW + HOUR).changed
    assert calm.state == "closed"
    assert said(evaluate([calm], [drifting("latency")], now=NOW + 2 * HOUR)) == [("alr-1", "open", "reopened")]


SIGNALS = ("a", "b", "c")


@given(st.lists(st.tuples(st.sets(st.sampled_from(SIGNALS)), st.sampled_from(["", "close"]), st.integers(0, 30))))
def test_no_stream_is_ever_in_two_alerts_that_are_not_closed(steps: list[tuple[set[str], str, int]]) -> None:
    alerts: dict[str, Alert] = {}
    now = NOW
    for drift, deed, hours in steps:
        now += hours * HOUR
        streams = [drifting(name, since=now - HOUR * (1 + 5 * place)) for place, name in enumerate(sorted(drift))]
        merged = evaluate(list(alerts.values()), streams, sorted({*SIGNALS} - drift), now)
        alerts |= {alert.id: alert for alert in merged.changed}
        live = [alert for alert in alerts.values() if alert.state != "closed"]
        held = [stream.key for alert in live for stream in alert.streams if stream.drifting]
        assert len(held) == len(set(held))
        assert len({alert.cause for alert in live}) == len(live)
        if deed and live:
            alerts[live[0].id] = shut(live[0], now)
