"""Monitors of one app at several sites, each with a store of its own: what a site tells, and all of it together."""

import platform
from collections.abc import Mapping

from llmops.core.errors import Conflict, NotFound
from llmops.core.hashing import Json, digest
from llmops.core.names import Ref
from llmops.domain.monitor import MonitorSpec
from llmops.domain.noun import content_of
from llmops.domain.signal import StreamState
from llmops.flows.services import Services
from llmops.flows.watching.opening import basis_of
from llmops.monitor.groups import label_of
from llmops.monitor.merging import Merged, merge_sites
from llmops.monitor.sites import SiteState, SiteStream, open_site, told_of


def export_state(services: Services, ref: Ref, *, site: str | None = None) -> Json:
    """What this site tells others of a monitor, as JSON: no text of any interaction, user or session.

    Args:
        services: the workspace.
        ref: the monitor.
        site: what people call this site; the name of the machine by default. Which store it is goes along.

    Raises:
        NotFound: there is no such monitor, or it was never evaluated here.
        Conflict: it was changed since it was evaluated.
    """
    found = services.registry.resolve(ref)
    spec = found.spec(MonitorSpec)
    store, name, again = services.store, found.name, f"llmops monitor run {found.name}"
    known = None if store.is_temporary else store.monitors.load(name)
    if known is None:
        raise NotFound(f"monitor/{name} was never evaluated here", hint=f"Evaluate it with: {again}")
    bases = {one.label: digest("signal", content_of(one)) for one in spec.signals}
    if known.basis != basis_of(spec) or known.state["panel"]["bases"] != bases:
        raise Conflict(f"monitor/{name} was changed since it was evaluated", hint=f"Evaluate it with: {again}")
    said: dict[tuple[str, str], StreamState] = {
        (one.signal, one.segment): one.state for one in store.monitors.latest(name)[1] if one.promise == "arl"
    }
    state = SiteState(
        monitor=name,
        digest=found.digest,
        spec=found.content,
        site_id=digest("site", store.interactions.salt()).removeprefix("sha256:")[:16],
        site=site or platform.node() or "a site",
        at=known.updated_at,
        interactions=known.state.get("read", 0),
        streams=tuple(
            SiteStream(
                signal=label,
                segment=segment,
                series=told_of(series),
                gathered=len(series["gathered"]),
                state=said.get((label, segment), "ok"),
            )
            for (label, segment), series in sorted(known.streams.items())
            if label_of(label, bases) in bases
        ),
    )
    return state.model_dump(mode="json")


def merge_states(name: str, states: Mapping[str, Json]) -> Merged:
    """Merge what sites told of a monitor; `states` by what to call each in complaints, such as its file.

    Of two states of one store the later counts, as it holds the earlier one. Nothing is read from or written to a store: alerts
    and rollbacks stay with the sites.

    Raises:
        InputError: one is no state, they are of different monitors, or two sites have one name.
    """
    return merge_sites(name, [open_site(state, where) for where, state in states.items()])
