"""The report over sites."""

import json

from llmops.flows.monitor_reports.sites import sites_as_json, write_sites_markdown, write_sites_page
from llmops.monitor.merging import merge_sites
from llmops.monitor.sites import open_site
from tests.support.monitor_reports import HOSTILE
from tests.support.sites import panel_at, spec_of, state_of


def test_every_form_names_the_sites_and_what_drifts() -> None:
    calm, slow = panel_at(spec_of(), 1), panel_at(spec_of(), 2, slow=1.0)
    merged = merge_sites("docs", [open_site(state_of(calm, "a"), "a"), open_site(state_of(slow, HOSTILE), "b")])
    page = write_sites_page(merged)
    assert HOSTILE not in page
    for told in ("1 stream of 2 drift", "Streams of all sites", "1,000 interactions at all sites"):
        assert told in page
    lines = write_sites_markdown(merged).splitlines()
    assert lines[0] == "# monitor/docs at 2 sites"
    assert any(line.startswith("| latency |  | DRIFT |") for line in lines)
    told = json.loads(json.dumps(sites_as_json(merged)))
    assert [one["drifts"] for one in told["sites"]] == [["latency"], []]
