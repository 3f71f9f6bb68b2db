"""What a site tells others of a monitor: the evidence of every stream and how much was read, and no text of any interaction.

A site is a store with interactions of its own. A file holds the whole of its state, so that the later of two files of one site
contains the earlier one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from pydantic import ValidationError

from llmops.core.errors import InputError
from llmops.core.hashing import Json, digest, short
from llmops.domain.monitor import MonitorSpec
from llmops.domain.noun import Noun
from llmops.domain.signal import StreamState
from llmops.measures.blocks import Blocks
from llmops.monitor.groups import Group, groups_of
from llmops.monitor.series import Series, series_from_json

FORM: Final = "llmops monitor state 1"
_TOLD: Final = ("kind", "basis", "seed", "stream", "guard", "mean", "ticks", "versions", "alarmed", "acts")


class SiteStream(Noun):
    """A stream of a site: its evidence, how many values of its reference there are while it gathers one, and what the site said
    of it last."""

    signal: str
    segment: str = ""
    series: dict[str, Json]
    gathered: int = 0
    state: StreamState = "ok"


class SiteState(Noun):
    """A monitor's state at a site. `site_id` is the store's, `site` what people call it, `interactions` how many were read."""

    form: Literal["llmops monitor state 1"] = FORM
    monitor: str
    digest: str
    spec: dict[str, Json]
    site_id: str
    site: str
    at: datetime
    interactions: int
    streams: tuple[SiteStream, ...]


@dataclass(frozen=True, slots=True)
class Site:
    """A state that was read, its series by signal and segment."""

    state: SiteState
    spec: MonitorSpec
    series: Mapping[tuple[str, str], Series]

    @property
    def groups(self) -> dict[tuple[str, str], Group]:
        """Its streams by signal and segment."""
        return groups_of(self.series, {one.label for one in self.spec.signals})

    @property
    def name(self) -> str:
        """What people call it."""
        return self.state.site


def told_of(series: Json) -> dict[str, Json]:
    """What is told of a series: no values of its reference, and no open blocks, whose keys are users or sessions."""
    return {key: series[key] for key in _TOLD}


def open_site(state: Json, where: str) -> Site:
    """Open a state.

    Args:
        state: its JSON form.
        where: what to call it in complaints.

    Raises:
        InputError: it is none, or was changed by hand.
    """
    hint = "Write it anew at its site: llmops monitor export NAME > state.json"
    try:
        found = SiteState.model_validate(state)
        spec = MonitorSpec.model_validate(found.spec)
        series = {(one.signal, one.segment): _series(one) for one in found.streams}
    except (ValidationError, ValueError, TypeError, LookupError, AttributeError) as error:
        told = str(error).replace("\n", " ")[:200]
        raise InputError(f"{where} is no state of a monitor that this version can read: {told}", hint=hint) from error
    if digest("monitor", found.spec) != found.digest:
        raise InputError(f"{where} says it is of {short(found.digest)}, and holds another monitor", hint=hint)
    return Site(found, spec, series)


def agree(name: str, sites: Sequence[Site]) -> tuple[list[Site], list[str]]:
    """Check that sites tell of the same monitor; returns each once, the later state of two, and what was left out.

    Raises:
        InputError: there is none, they differ, or two sites have one name.
    """
    if not sites:
        raise InputError("merging needs the state of a site", hint="llmops monitor export NAME > state.json")
    first = sites[0]
    for one in sites:
        if one.state.monitor != name:
            raise InputError(
                f"the state of {one.name} is of monitor/{one.state.monitor}, not monitor/{name}",
                hint=f"llmops monitor merge {one.state.monitor} …",
            )
        if one.state.digest != first.state.digest:
            digests = " and ".join(f"{short(each.state.digest)} at {each.name}" for each in (first, one))
            raise InputError(
                f"monitor/{name} is {digests}: two monitors",
                hint=f"Register the same monitors/{name}.yaml at both, run it there, and export again.",
            )
    latest: dict[str, Site] = {}
    left_out = []
    for one in sorted(sites, key=lambda each: (each.state.at, each.state.interactions)):
        before = latest.get(one.state.site_id)
        if before is not None:
            names = " and ".join(dict.fromkeys((before.name, one.name)))
            said = "is there twice: its" if before.name == one.name else "are one store: the"
            left_out.append(
                f"{names} {said} state of {before.state.at:%Y-%m-%d %H:%M} UTC is left out, the later holds it"
            )
        latest[one.state.site_id] = one
    named: dict[str, Site] = {}
    for one in latest.values():
        if one.name in named:
            raise InputError(
                f"two sites are called {one.name}",
                hint=f"Give each its own: llmops monitor export {name} --site NAME",
            )
        named[one.name] = one
    return [named[site] for site in sorted(named)], left_out


def _series(one: SiteStream) -> Series:
    empty = {"gathered": [], "blocks": Blocks().to_json(), "week": None}
    return series_from_json({**{key: one.series[key] for key in _TOLD}, **empty})
