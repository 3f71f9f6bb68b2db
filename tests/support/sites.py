"""Sites of a monitor, each with traffic of its own."""

import random
from collections.abc import Sequence
from datetime import timedelta

from llmops.core.hashing import Json, digest
from llmops.domain.interaction import Usage
from llmops.domain.monitor import MonitorSpec
from llmops.domain.noun import content_of
from llmops.monitor.loading import AnySignal
from llmops.monitor.panel import Panel
from llmops.monitor.signals.operation import Errors, Latency
from llmops.monitor.sites import Site, open_site, told_of
from tests.support.interactions import interaction
from tests.support.monitored import NOW

SIGNALS: dict[str, AnySignal] = {"latency": Latency(), "errors": Errors()}


def spec_of(**fields: Json) -> MonitorSpec:
    """A monitor of an app's latency and errors."""
    written = [{"signal": label, "label": label} for label in SIGNALS]
    return MonitorSpec.model_validate({"target": {"app": "docs"}, "signals": written, **fields})


def panel_at(
    spec: MonitorSpec,
    seed: int,
    *,
    before: int = 300,
    since: int = 200,
    slow: float = 0.0,
    reference: int | None = None,
) -> Panel:
    """Its panel at a site; the values of the reference and those since are drawn from seeds."""
    panel = Panel("docs", spec, SIGNALS)
    for count, draw, shift in (
        (before, random.Random(seed if reference is None else reference), 0.0),
        (since, random.Random(1_000 + seed), slow),
    ):
        page = []
        for n in range(count):
            fails = "boom" if draw.random() < 0.1 else ""
            page.append(interaction(n, usage=Usage(latency=draw.lognormvariate(shift, 0.5)), error=fails))
        panel.take(page, {label: [signal.measure(one) for one in page] for label, signal in SIGNALS.items()})  # type: ignore[union-attr]  # both measure one
        panel.end_reference()
    return panel


def state_of(panel: Panel, name: str, *, at: int = 0, site_id: str = "") -> dict[str, Json]:
    """What a site with this panel tells."""
    panel.changed = set(panel.series)
    content, (_, series) = content_of(panel.spec), panel.to_json()
    said = {(one.signal, one.segment): one.state for one in panel.statuses() if one.promise == "arl"}
    return {
        "monitor": panel.name,
        "digest": digest("monitor", content),
        "spec": content,
        "site_id": site_id or name,
        "site": name,
        "at": (NOW + timedelta(hours=at)).isoformat(),
        "interactions": sum(count for count, _ in panel.series["errors", ""].versions.values()),
        "streams": [
            {"signal": key[0], "segment": key[1], "series": told_of(one), "state": said.get(key, "ok")}
            for key, one in series.items()
        ],
    }


def sites(panels: Sequence[Panel]) -> list[Site]:
    """Sites called a, b, …"""
    return [open_site(state_of(panel, chr(97 + place)), "a file") for place, panel in enumerate(panels)]
