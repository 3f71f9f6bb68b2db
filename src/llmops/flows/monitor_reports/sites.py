"""A monitor over its sites, as a page of HTML, as Markdown and as JSON."""

from collections.abc import Sequence
from typing import Final

from llmops.core.hashing import Json, short
from llmops.flows.monitor_reports.page import stream_table
from llmops.flows.monitor_reports.streams import line_of
from llmops.monitor.merging import Merged
from llmops.monitor.sites import Site
from llmops.presentation import markdown
from llmops.presentation.charts import STYLE as CHART_STYLE
from llmops.presentation.figures import count
from llmops.presentation.html import element, join, page
from llmops.presentation.pieces import notes, row, section, table
from llmops.presentation.style import STYLE

_COLUMNS: Final = ("site", "evaluated (UTC)", "interactions", "drifts there by itself")
_STREAMS: Final = ("signal", "segment", "state", "evidence", "alarm at", "values", "before", "now", "note")


def write_sites_page(merged: Merged) -> str:
    """The page."""
    drifting = [one for one in merged.statuses if one.state == "drift"]
    told = f"{count(len(drifting), 'stream')} of {len(merged.statuses)} drift" if drifting else "no drift"
    digest = short(merged.sites[0].state.digest)
    header = element(
        "header",
        element("p", "Monitor report", class_="eyebrow"),
        element("h1", merged.monitor),
        element("p", f"{count(len(merged.sites), 'site')} · {merged.at:%Y-%m-%d %H:%M} UTC · {digest}", class_="soft"),
        element("div", element("span", told), class_=f"verdict {'bad' if drifting else 'good'}"),
        element("p", f"{count(merged.interactions, 'interaction')} at all sites"),
    )
    kinds = ["num" if place == 2 else "" for place in range(len(_COLUMNS))]
    rows = [row(cells[0], *zip(cells[1:], kinds[1:], strict=True)) for cells in _rows(merged.sites)]
    headings = list(zip(_COLUMNS, kinds, strict=True))
    main = element(
        "main",
        notes(merged.notes),
        section("sites", "Sites", table(headings, rows, label="Sites")),
        section("streams", "Streams of all sites", stream_table(merged.statuses)),
    )
    body = join([header, main, element("footer", f"Written by llmops for monitor/{merged.monitor}.")])
    return page(f"monitor/{merged.monitor}", body, style=STYLE + CHART_STYLE)


def write_sites_markdown(merged: Merged) -> str:
    """The same as Markdown."""
    lines = [(line_of(one), one.note) for one in merged.statuses]
    streams = [(*line._replace(state=line.state.upper()), note) for line, note in lines]
    parts = [
        f"# monitor/{markdown.escape(merged.monitor)} at {count(len(merged.sites), 'site')}",
        markdown.bullets(merged.notes),
        markdown.table(_COLUMNS, _rows(merged.sites), right=(2,)),
        "## Streams of all sites",
        markdown.table(_STREAMS, streams, right=(3, 4, 5, 6, 7)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def sites_as_json(merged: Merged) -> Json:
    """The same as JSON."""
    return {
        "monitor": merged.monitor,
        "digest": merged.sites[0].state.digest,
        "at": merged.at.isoformat(),
        "interactions": merged.interactions,
        "notes": list(merged.notes),
        "sites": [
            {
                "site": site.name,
                "id": site.state.site_id,
                "at": site.state.at.isoformat(),
                "interactions": site.state.interactions,
                "drifts": _drifting(site),
            }
            for site in merged.sites
        ],
        "statuses": [one.model_dump(mode="json") for one in merged.statuses],
    }


def _rows(sites: Sequence[Site]) -> list[tuple[str, str, str, str]]:
    return [
        (
            site.name,
            f"{site.state.at:%Y-%m-%d %H:%M}",
            f"{site.state.interactions:,}",
            ", ".join(_drifting(site)) or "–",
        )
        for site in sites
    ]


def _drifting(site: Site) -> list[str]:
    """The streams that drift there by themselves."""
    return [
        f"{one.signal} [{one.segment}]" if one.segment else one.signal
        for one in site.state.streams
        if one.state == "drift"
    ]
