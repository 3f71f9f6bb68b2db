"""Several series that are one stream."""

import random

import pytest

from llmops.monitor.groups import Group, groups_of, label_of, member
from llmops.monitor.series import Series, Values, flush
from tests.support.monitored import NOW


def series(seed: int, *, moved: float = 0.0, guard: float | None = None) -> Series:
    one, draw = Series("vector", "sha256:0", seed), random.Random(seed)
    one.gathered = [draw.gauss(0, 1) for _ in range(300)]
    one.begin((0.05, guard))
    times = [NOW.timestamp() + n for n in range(200)]
    new = Values([draw.gauss(moved, 1) for _ in range(200)], times, ["v"] * 200, [])
    flush([(one, new)], minimum=200, reference=False, deltas=(0.05, guard))
    return one


def test_evidence_is_averaged_and_the_strongest_is_named() -> None:
    group = Group((series(1), series(2, moved=1.0, guard=0.01), series(3)))
    amounts = [one.stream.statistic for one in group.members if one.stream is not None]
    assert group.statistic("arl") == pytest.approx(sum(amounts) / 3)
    assert group.peak("arl") >= group.statistic("arl") > 100 * amounts[0]
    assert group.richest("arl") is group.members[1]
    assert group.told("arl") == "it shows most along direction 1 of 2"
    assert len(group.streams("pfa")) == 1
    assert Group((series(1, moved=1.0),)).told("arl") == ""


def test_names_lead_to_their_signal() -> None:
    one, two, three = Series("vector", "b", 1), Series("vector", "b", 2), Series("scalar", "b", 3)
    known = {("e", ""): one, (member("e", 1), ""): two, ("latency", ""): three, ("e", "s=1"): one}
    groups = groups_of(known, {"e", "latency"})
    assert {key: len(group.members) for key, group in groups.items()} == {
        ("e", ""): 2,
        ("latency", ""): 1,
        ("e", "s=1"): 1,
    }
    assert [label_of(name, {"e", "a~1"}) for name in ("e", member("e", 2), "a~1")] == ["e", "e", "a~1"]
