"""One view of a monitor that runs at several sites: counts add, evidence is averaged, and the promise is kept for all together.

With S sites, M_i the statistic of a stream at site i after n_i values:

- `arl`: each M_i - n_i never rises on average, and so neither does the sum over sites. An alarm where the mean of M_i reaches
  c/S comes, without a change, after c interactions or more on average, those of all sites counted together. What one site by
  itself calls an alarm is one here, too.
- `pfa`: the mean of S e-processes is one; an alarm at 1/alpha as at one site.

Both need that a site's bets are fair whatever the others have seen, hence sites whose values do not depend on each other. Ranks
in the *same* reference do: the values of one site tell where the reference lies among the others'. (The mean of e-processes of
different filtrations need not be one; Choe & Ramdas, arXiv:2402.09698.) There the strongest site counts for all, max M_i / S
instead of the mean. By the union bound a false alarm comes within n interactions with a chance of at most n/c, or ever of at most
alpha, however sites depend on each other. Bets on a mean that one reference served to estimate are fair at all sites or none.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from llmops.domain.monitor import MonitorSpec
from llmops.domain.signal import Promise, SignalStatus, StreamState
from llmops.measures.conformal import Bag
from llmops.measures.multiplicity import raise_alarms
from llmops.measures.streams import Stream
from llmops.monitor.groups import Group
from llmops.monitor.series import Series
from llmops.monitor.sites import Site, agree

ZONES = 0.05  # how often a site's zones may miss a mean, all of them together
Key = tuple[str, str]
"""Signal and segment."""


@dataclass(frozen=True, slots=True)
class Merged:
    """A monitor over its sites: how every stream stands, and what else is to be said."""

    monitor: str
    at: datetime
    sites: Sequence[Site]
    statuses: Sequence[SignalStatus]
    notes: Sequence[str]

    @property
    def drifts(self) -> bool:
        """Whether a stream drifts, all sites together."""
        return any(status.state == "drift" for status in self.statuses)

    @property
    def interactions(self) -> int:
        """How many were read at all sites."""
        return sum(site.state.interactions for site in self.sites)


@dataclass(frozen=True, slots=True)
class _Part:
    """A stream at a site: its series, and of the first of them the stream; `evidence` is the mean of all of theirs, `peak` the
    most that it was."""

    site: str
    group: Group
    stream: Stream
    evidence: float
    peak: float
    state: StreamState

    @property
    def series(self) -> Series:
        """The series of the number that is shown."""
        return self.group.first


def merge_sites(name: str, given: Sequence[Site]) -> Merged:
    """Merge what sites tell of a monitor.

    Raises:
        InputError: they do not tell of the same monitor.
    """
    sites, notes = agree(name, given)
    spec = sites[0].spec
    keys = _keys(spec, sites)
    statuses = []
    for promise in _promises(spec):
        parts = {key: _parts(sites, key, promise) for key in keys}
        statuses += _statuses(name, spec, sites, parts, promise)
    if spec.questions is not None:
        notes.append("canary questions are not merged: each site asks its own app, and says itself what came of it")
    order = {key: place for place, key in enumerate(keys)}
    statuses.sort(key=lambda one: (order[one.signal, one.segment], one.promise))
    return Merged(name, max(site.state.at for site in sites), sites, statuses, notes)


def _promises(spec: MonitorSpec) -> tuple[Promise, ...]:
    return ("arl",) if spec.false_action is None else ("arl", "pfa")


def _keys(spec: MonitorSpec, sites: Sequence[Site]) -> list[Key]:
    """The streams that any site has, in the order of the monitor; signals that none has are there without segment."""
    labels = [one.label for one in spec.signals]
    known = {key for site in sites for key in site.series if key[0] in labels}
    known |= {(label, "") for label in labels if not any(key[0] == label for key in known)}
    return sorted(known, key=lambda key: (labels.index(key[0]), key[1]))


def _parts(sites: Sequence[Site], key: Key, promise: Promise) -> list[_Part]:
    found = []
    for site in sites:
        group = site.groups.get(key)
        streams = [] if group is None else group.streams(promise)
        if group is not None and streams:
            (told,) = [one for one in site.state.streams if (one.signal, one.segment) == key]
            evidence, peak = group.statistic(promise), group.peak(promise)
            found.append(_Part(site.name, group, streams[0], evidence, peak, told.state))
    return found


def _statuses(
    name: str, spec: MonitorSpec, sites: Sequence[Site], parts: Mapping[Key, Sequence[_Part]], promise: Promise
) -> list[SignalStatus]:
    c = spec.false_alarms.mean_run_length / len(sites) if promise == "arl" else 2 / (spec.false_action or 1)
    keys = list(parts)
    watched = {key for site in sites for key in site.groups}
    sources = max(1, len(watched)) + (spec.questions is not None)
    statistics = [_statistic(parts[key], len(sites)) for key in keys]
    counted = [statistic for key, statistic in zip(keys, statistics, strict=True) if key in watched]
    alarms = raise_alarms([*counted, *[0.0] * (sources - len(counted))], c, rule=spec.false_alarms.rule)
    raised = {[key for key in keys if key in watched][place] for place in alarms.places}
    found = []
    for place, key in enumerate(keys):
        there = parts[key]
        alone = max((part.peak for part in there), default=0.0) / len(sites)
        alarmed = key in raised or alone >= c * sources
        richest = max(there, key=lambda part: part.evidence, default=None)
        found.append(
            SignalStatus(
                monitor=name,
                signal=key[0],
                segment=key[1],
                state=_state(sites, key, there, alarmed=alarmed),
                statistic=max(statistics[place], alone) if alarmed else statistics[place],
                threshold=c * sources,
                promise=promise,
                promised=_promised(spec, there, promise),
                observations=sum(part.stream.observations for part in there),
                reference=_mean([(part.series.mean, part.stream.reference or 1) for part in there]),
                current=_mean([(part.series.current, part.stream.observations) for part in there]),
                since=richest.group.richest(promise).since if richest is not None and alarmed else None,
                note="; ".join(_notes(spec, sites, key, there, promise)),
                app=spec.target.named,
                versions=_versions([site.series[key] for site in sites if key in site.series]),
            )
        )
    return found


def _statistic(parts: Sequence[_Part], sites: int) -> float:
    """The mean over sites, those without the stream counting as 0; where they rank in one reference, the strongest's share."""
    amounts = [part.evidence for part in parts]
    return (max(amounts) if _ranks_alike(parts) else math.fsum(amounts)) / sites if amounts else 0.0


def _ranks_alike(parts: Sequence[_Part]) -> bool:
    """Whether two sites rank their values in the same reference."""
    bags = [(one.edges, one.kept) for part in parts if isinstance(one := part.stream.source, Bag)]
    return len(set(bags)) < len(bags)


def _zones(parts: Sequence[_Part]) -> int:
    """How many times the mean of a rate or score was estimated."""
    return len({(part.stream.source, part.stream.before) for part in parts if not isinstance(part.stream.source, Bag)})


def _promised(spec: MonitorSpec, parts: Sequence[_Part], promise: Promise) -> float:
    """The mean run length over the interactions of all sites; or the chance of a false action: half of it is the bets', half of
    it each site spends on its zones."""
    if promise == "arl":
        return spec.false_alarms.mean_run_length
    return min(1.0, (spec.false_action or 1) / 2 * (1 + max(1, _zones(parts))))


def _state(sites: Sequence[Site], key: Key, parts: Sequence[_Part], *, alarmed: bool) -> StreamState:
    told = [one.state for site in sites for one in site.state.streams if (one.signal, one.segment) == key]
    if told and all(state == "could_not_read" for state in told):
        return "could_not_read"
    if alarmed:
        return "drift"
    return "ok" if any(not part.stream.shortage for part in parts) else "not_enough_data"


def _notes(spec: MonitorSpec, sites: Sequence[Site], key: Key, parts: Sequence[_Part], promise: Promise) -> list[str]:
    found = []
    alone = [part.site for part in parts if (part.series.alarmed if promise == "arl" else part.series.acts)]
    if alone:
        found.append(f"drifts by itself at {', '.join(alone)}")
    ready = {part.site for part in parts if not part.stream.shortage}
    short = [site.name for site in sites if site.name not in ready and key in site.series]
    if short and promise == "arl":
        found.append(f"not enough data at {', '.join(short)}")
    unread = [part.site for part in parts if part.state == "could_not_read"]
    if unread:
        found.append(f"could not be read at {', '.join(unread)}")
    found += [f"{part.site}: {warning}" for part in parts if (warning := part.group.warning(promise))]
    if _ranks_alike(parts):
        found.append(
            "sites rank in the same reference, so the strongest counts for all, not their mean"
            + (
                "; no mean run length is promised, but a chance of a false alarm within n interactions of at most "
                f"n / {spec.false_alarms.mean_run_length:,.0f}"
                if promise == "arl"
                else ""
            )
        )
    zones = _zones(parts)
    if zones > 1 and promise == "arl":
        hold = max(0.0, 1 - ZONES * zones)
        found.append(
            f"its mean was estimated {zones} times, so that the zones of rates and scores all hold with {hold:.0%}"
        )
    return found


def _mean(weighted: Sequence[tuple[float | None, int]]) -> float | None:
    known = [(value, weight) for value, weight in weighted if value is not None and weight]
    total = sum(weight for _, weight in known)
    return math.fsum(value * weight for value, weight in known) / total if total else None


def _versions(series: Sequence[Series]) -> dict[str, tuple[int, float]]:
    sums: dict[str, tuple[int, float]] = {}
    for one in series:
        for version, (count, total) in one.versions.items():
            known = sums.get(version, (0, 0.0))
            sums[version] = known[0] + count, known[1] + total
    return {version: (count, total / count) for version, (count, total) in sums.items()}
