"""What a site tells others."""

import json

import pytest

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.monitor.sites import agree, open_site
from tests.support.sites import panel_at, sites, spec_of, state_of


def test_a_state_goes_through_json_and_holds_no_value_of_a_reference() -> None:
    panel = panel_at(spec_of(), 1, before=150, since=0)
    state = json.loads(json.dumps(state_of(panel, "a")))
    site = open_site(state, "a.json")
    assert site.name == "a"
    assert site.series["latency", ""].gathered == []
    whole = panel_at(spec_of(), 1)
    assert open_site(state_of(whole, "a"), "a.json").series["errors", ""].stream == whole.series["errors", ""].stream


@pytest.mark.parametrize(
    "change",
    [
        {"form": "llmops monitor state 9"},
        {"streams": [{"signal": "latency", "series": {"kind": "scalar"}}]},
        {"spec": {"target": {}}},
        {"extra": 1},
    ],
)
def test_what_is_no_state_is_refused(change: dict[str, Json]) -> None:
    state = state_of(panel_at(spec_of(), 1, since=0), "a")
    with pytest.raises(
        InputError, match=r"^a\.json is no state of a monitor that this version can read: [\s\S]+llmops monitor export"
    ):
        open_site({**state, **change}, "a.json")


@pytest.mark.parametrize("state", [None, [], "x", {}])
def test_other_json_is_refused(state: Json) -> None:
    with pytest.raises(InputError, match=r"a\.json is no state of a monitor"):
        open_site(state, "a.json")


def test_a_monitor_that_was_changed_by_hand_is_noticed() -> None:
    state = state_of(panel_at(spec_of(), 1, since=0), "a")
    other = {**state, "spec": state_of(panel_at(spec_of(block="hour"), 1, since=0), "a")["spec"]}
    with pytest.raises(
        InputError, match=r"a\.json says it is of sha256:\w{12}, and holds another monitor\nWrite it anew"
    ):
        open_site(other, "a.json")


def test_sites_of_different_monitors_are_not_merged() -> None:
    first, second = panel_at(spec_of(), 1, since=0), panel_at(spec_of(block="hour"), 2, since=0)
    with pytest.raises(
        InputError,
        match=r"monitor/docs is sha256:\w+ at a and sha256:\w+ at b: two monitors\nRegister the same monitors/docs",
    ):
        agree("docs", sites([first, second]))
    with pytest.raises(
        InputError, match=r"the state of a is of monitor/docs, not monitor/shop\nllmops monitor merge docs"
    ):
        agree("shop", sites([first]))
    with pytest.raises(InputError, match=r"merging needs the state of a site\nllmops monitor export"):
        agree("docs", [])


def test_two_stores_of_one_name_are_told_apart_or_refused() -> None:
    panels = [panel_at(spec_of(), seed, since=0) for seed in (1, 2)]
    given = [open_site(state_of(panel, "web", site_id=f"s{place}"), "f") for place, panel in enumerate(panels)]
    with pytest.raises(
        InputError, match=r"two sites are called web\nGive each its own: llmops monitor export docs --site"
    ):
        agree("docs", given)
