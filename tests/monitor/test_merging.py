"""One monitor at several sites."""

import random

import pytest

from llmops.domain.signal import SignalStatus
from llmops.measures.streams import observe, start
from llmops.monitor.groups import member
from llmops.monitor.merging import Merged, merge_sites
from llmops.monitor.sites import open_site
from tests.support.sites import panel_at, sites, spec_of, state_of

ROLLBACK = {"rollback": "app/docs@production", "within": "1h", "false_action": 0.01}


def found(merged: Merged, signal: str = "latency", promise: str = "arl") -> SignalStatus:
    (one,) = [one for one in merged.statuses if (one.signal, one.promise) == (signal, promise)]
    return one


def test_one_site_alone_says_what_it_says_itself() -> None:
    for slow in (0.0, 1.0):
        panel = panel_at(spec_of(on_alert=[ROLLBACK]), 1, slow=slow)
        merged = merge_sites("docs", sites([panel]))
        told = ("signal", "segment", "promise", "state", "threshold", "observations", "since")
        assert [[getattr(one, key) for key in told] for one in merged.statuses] == [
            [getattr(one, key) for key in told] for one in panel.statuses()
        ]
        assert [one.statistic for one in merged.statuses] == pytest.approx([one.statistic for one in panel.statuses()])
        assert merged.drifts is bool(slow)


def test_a_signal_that_no_site_has_values_of_takes_nothing_from_the_others() -> None:
    panel = panel_at(spec_of(), 1, slow=1.0)
    state = state_of(panel, "a")
    panel.series.pop(("errors", ""))
    state["streams"] = [one for one in state["streams"] if one["signal"] == "latency"]
    merged = merge_sites("docs", [open_site(state, "a")])
    assert [(one.signal, one.state) for one in merged.statuses] == [("latency", "drift"), ("errors", "not_enough_data")]
    assert {one.threshold for one in merged.statuses} == {one.threshold for one in panel.statuses()} == {100_000}


def test_a_shift_too_small_for_each_site_is_found_by_all_together() -> None:
    spec = spec_of(false_alarms={"mean_run_length": 5_000})
    panels = [panel_at(spec, seed, since=150, slow=0.092) for seed in range(66, 74)]
    assert not any(one.state == "drift" for panel in panels for one in panel.statuses())
    merged = merge_sites("docs", sites(panels))
    latency = found(merged)
    assert (latency.state, found(merged, "errors").state) == ("drift", "ok")
    assert latency.threshold == pytest.approx(5_000 * 2 / 8)
    amounts = [one.statistic for panel in panels for one in panel.statuses() if one.signal == "latency"]
    assert latency.statistic == pytest.approx(sum(amounts) / 8)
    assert (latency.observations, merged.interactions) == (8 * 150, 8 * 450)
    assert "its mean was estimated 8 times, so that the zones of rates and scores all hold with 60%" in (
        found(merged, "errors").note
    )


def test_what_one_site_finds_is_not_lost_among_many() -> None:
    spec = spec_of()
    panels = [panel_at(spec, seed, slow=1.0 if seed == 0 else 0.0) for seed in range(5)]
    latency = found(merge_sites("docs", sites(panels)))
    assert (latency.state, "drifts by itself at a" in latency.note) == ("drift", True)
    assert latency.since == panels[0].series["latency", ""].since


def test_where_sites_rank_in_one_reference_the_strongest_counts_and_the_promise_is_said() -> None:
    spec = spec_of(on_alert=[ROLLBACK])
    panels = [panel_at(spec, seed, reference=99) for seed in range(4)]
    merged = merge_sites("docs", sites(panels))
    for promise in ("arl", "pfa"):
        strongest = max(
            one.statistic for p in panels for one in p.statuses() if (one.signal, one.promise) == ("latency", promise)
        )
        assert found(merged, promise=promise).statistic == pytest.approx(strongest / 4)
    note = found(merged).note
    assert "sites rank in the same reference, so the strongest counts for all, not their mean" in note
    assert (
        "no mean run length is promised, but a chance of a false alarm within n interactions of at most n / 100,000"
        in note
    )
    assert "estimated" not in found(merged, "errors").note
    assert found(merged, promise="pfa").promised == 0.01


def test_zones_of_several_sites_cost_a_rollback_their_share() -> None:
    merged = merge_sites("docs", sites([panel_at(spec_of(on_alert=[ROLLBACK]), seed) for seed in range(3)]))
    assert found(merged, "errors", "pfa").promised == pytest.approx(0.005 + 3 * 0.005)
    assert found(merged, "errors", "pfa").threshold == pytest.approx(2 / 0.01 * 2)


def test_sites_without_enough_data_are_named() -> None:
    spec = spec_of(questions={"dataset": {"name": "q", "digest": "sha256:" + "0" * 64}})
    young = panel_at(spec, 2, before=50, since=0)
    merged = merge_sites("docs", sites([panel_at(spec, 1), young]))
    assert found(merged).state == "ok"
    assert found(merged).note == "not enough data at b"
    assert found(merged).threshold == 100_000 * 3 / 2
    assert merged.notes[0].startswith("canary questions are not merged")
    assert found(merge_sites("docs", sites([young]))).state == "not_enough_data"


def test_the_later_of_two_states_of_a_store_counts_once() -> None:
    spec = spec_of()
    early, late = panel_at(spec, 1, since=100), panel_at(spec, 1, since=200)
    given = [
        open_site(state_of(late, "a", at=5, site_id="s"), "late"),
        open_site(state_of(panel_at(spec, 2), "b"), "b"),
        open_site(state_of(early, "old name", at=1, site_id="s"), "early"),
    ]
    merged, other = merge_sites("docs", given), merge_sites("docs", given[::-1])
    assert merged.statuses == other.statuses == merge_sites("docs", given[:2]).statuses
    assert (merged.interactions, [site.name for site in merged.sites]) == (500 + 500, ["a", "b"])
    assert merged.notes == [
        "old name and a are one store: the state of 2026-03-10 01:00 UTC is left out, the later holds it"
    ]


def test_the_further_numbers_of_a_vector_count_at_every_site() -> None:
    panels = [panel_at(spec_of(), seed) for seed in range(2)]
    for seed, panel in enumerate(panels):
        moved = panel_at(spec_of(), 50 + seed, slow=1.0).series["latency", ""]
        panel.series[member("latency", 1), ""] = moved
    merged = merge_sites("docs", sites(panels))
    assert [one.signal for one in merged.statuses] == ["latency", "errors"]
    assert found(merged).state == "drift"
    own = [next(one.statistic for one in panel.statuses() if one.signal == "latency") for panel in panels]
    assert found(merged).statistic == pytest.approx(sum(own) / 2)


@pytest.mark.parametrize("kind", ["conformal", "bounded"])
def test_all_together_raise_no_more_false_alarms_than_promised(kind: str) -> None:
    """The sum over sites of what they hold reaches c within n values, looked at every 20, in at most n/c of runs."""
    sites_, values, c, runs = 4, 200, 4_000.0, 40
    false = 0
    for run in range(runs):
        draw = random.Random(run)
        value = draw.random if kind == "bounded" else lambda: draw.gauss(0, 1)  # noqa: B023  # called in this turn
        streams = [
            start([value() for _ in range(200)], kind=kind, seed=run * sites_ + place)  # type: ignore[arg-type]  # both are kinds
            for place in range(sites_)
        ]
        for _ in range(values // 20):
            streams = [observe(stream, [value() for _ in range(20)]) for stream in streams]
            if sum(stream.statistic for stream in streams) >= c:
                false += 1
                break
    assert false / runs <= sites_ * values / c + 2 * (0.2 * 0.8 / runs) ** 0.5
