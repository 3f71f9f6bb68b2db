"""False alarms, delays and costs of the detectors, and what a comparison of two windows takes: simulated and measured.

`python benchmarks/monitor.py RUNS` prints all tables, 1,000 runs by default (delays: a third of them). Where river is installed
its detectors are measured in the same run on the same values. Streams are those of `llmops.measures.streams` themselves.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from llmops.measures.blocks import Blocks, fill_blocks
from llmops.measures.conformal import bag_of, conformal_factors
from llmops.measures.evidence import add_evidence, no_evidence
from llmops.measures.multiplicity import raise_alarms
from llmops.measures.seasons import HOURS, Week, compare_with_week
from llmops.measures.streams import Stream, observe, start, start_at

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

C = 100_000
LENGTH = 10_000
BEFORE = 2_000  # observations before a change
LONGEST = 8_000  # observations after it
SHIFTS = (0.25, 0.5, 1.0)
RATE = 0.05


@dataclass(frozen=True)
class Traffic:
    """Draws values with their mean moved by some standard deviations, and starts a stream from values without."""

    draw: "Callable[[np.random.Generator, int, float], Values]"
    begin: "Callable[[np.random.Generator, int], Stream]"


def normal(rng: "np.random.Generator", n: int, shift: float = 0.0) -> "Values":
    """N(0, 1)."""
    return rng.normal(size=n) + shift


def heavy(rng: "np.random.Generator", n: int, shift: float = 0.0) -> "Values":
    """Student's t with 1.5 degrees of freedom; moved by the standard deviation of a normal one."""
    return rng.standard_t(1.5, size=n) + shift


def latency(rng: "np.random.Generator", n: int, shift: float = 0.0) -> "Values":
    """Lognormal with standard deviation 2.16."""
    return rng.lognormal(size=n) + 2.1612 * shift


def rate(rng: "np.random.Generator", n: int, shift: float = 0.0) -> "Values":
    """Errors at a rate of 5 %."""
    errors: Values = (rng.random(n) < RATE + shift * (RATE * (1 - RATE)) ** 0.5).astype(float)
    return errors


def judged(rng: "np.random.Generator", n: int, shift: float = 0.0) -> "Values":
    """Scores of 0, 1/4 … 1 as judges give them; standard deviation 0.15, moved down."""
    scores: Values = ((rng.beta(8, 2, size=n) * 4).round() / 4 - 0.1512 * shift).clip(0.0, 1.0)
    return scores


JUDGED_MEAN = 0.8043257594108582  # from the distribution function of Beta(8, 2) at 1/8, 3/8, 5/8 and 7/8


def conformal(draw: "Callable[[np.random.Generator, int, float], Values]", size: int = 1000) -> Traffic:
    """A conformal stream from so many reference values, drawn anew for each run."""
    return Traffic(draw, lambda rng, seed: start(draw(rng, size, 0.0).tolist(), seed=seed))


def estimated(draw: "Callable[[np.random.Generator, int, float], Values]", delta: float) -> Traffic:
    """A bounded stream whose zone comes from 2,000 reference values."""
    return Traffic(draw, lambda rng, _: start(draw(rng, 2000, 0.0).tolist(), kind="bounded", delta=delta))


ROWS = {
    "normal, conformal": conformal(normal),
    "heavy-tailed, conformal": conformal(heavy),
    "latency, conformal": conformal(latency),
    "rate 5 %, bounded, mean known": Traffic(rate, lambda *_: start_at(RATE)),
    "rate 5 %, from 2,000, delta 5 %": estimated(rate, 0.05),
    "rate 5 %, from 2,000, delta 20 %": estimated(rate, 0.2),
    "judge-like, bounded, mean known": Traffic(judged, lambda *_: start_at(JUDGED_MEAN)),
    "judge-like, from 2,000, delta 5 %": estimated(judged, 0.05),
}


ACTIONS = {
    "rate 5 %, mean known": Traffic(rate, lambda *_: start_at(RATE, promise="pfa")),
    "rate 5 %, from 2,000, delta 1 %": Traffic(
        rate, lambda rng, _: start(rate(rng, 2000).tolist(), kind="bounded", promise="pfa", delta=0.01)
    ),
    "latency, conformal": Traffic(
        latency, lambda rng, seed: start(latency(rng, 1000).tolist(), promise="pfa", seed=seed)
    ),
}


def false_alarms(traffic: Traffic, *, runs: int, length: int = LENGTH, c: float = C) -> float:
    """The share of runs with any alarm within `length` observations without a change."""
    import numpy as np

    alarms = 0
    for run in range(runs):
        rng = np.random.default_rng([run, 1])
        alarms += observe(traffic.begin(rng, run), traffic.draw(rng, length, 0.0).tolist()).peak >= c
    return alarms / runs


def mean_delay(traffic: Traffic, shift: float, *, runs: int, c: float = C, before: int = BEFORE) -> tuple[float, float]:
    """Observations from a change to the alarm, on average over the runs without one before; and their standard error."""
    import numpy as np

    delays = []
    for run in range(runs):
        rng = np.random.default_rng([run, 2])
        stream = observe(traffic.begin(rng, run), traffic.draw(rng, before, 0.0).tolist())
        if stream.peak < c:
            delays.append(first_alarm(stream, traffic.draw(rng, LONGEST, shift), c))
    return float(np.mean(delays)), float(np.std(delays) / len(delays) ** 0.5)


def first_alarm(stream: Stream, values: "Values", c: float) -> int:
    """How many of the values it takes to an alarm; all of them and one where there is none."""
    for place in range(0, len(values), 100):
        after = observe(stream, values[place : place + 100].tolist())
        if after.peak >= c:
            low, high = 0, 100
            while high - low > 1:
                middle = (low + high) // 2
                is_late = observe(stream, values[place : place + middle].tolist()).peak < c
                low, high = (middle, high) if is_late else (low, middle)
            return place + high
        stream = after
    return len(values) + 1


def frozen_reference(*, runs: int, size: int = 1000, length: int = LENGTH, c: float = C) -> float:
    """The trap: the same bets on ranks in a reference that does not grow."""
    import numpy as np

    alarms = 0
    for run in range(runs):
        rng = np.random.default_rng([run, 3])
        bag, values = bag_of(rng.normal(size=size).tolist(), seed=run), rng.normal(size=length)
        bins = np.searchsorted(np.array(bag.edges), values, side="right")
        kept = np.array(bag.kept)
        below = np.concatenate(([0], np.cumsum(kept)))[bins]
        ps = (below + rng.random(length) * (kept[bins] + 1)) / (size + 1)
        _, factors = conformal_factors(ps)
        alarms += add_evidence(no_evidence("arl", factors.shape[1]), factors, np.zeros(length + 1)).peak >= c
    return alarms / runs


def estimate_as_if_known(*, runs: int, size: int = 500, length: int = LENGTH, c: float = C) -> float:
    """The trap: the mean of a sample taken for the mean itself."""
    import numpy as np

    alarms = 0
    for run in range(runs):
        rng = np.random.default_rng([run, 4])
        alarms += observe(start_at(float(rate(rng, size).mean())), rate(rng, length).tolist()).peak >= c
    return alarms / runs


def dependent(*, runs: int, length: int = LENGTH, c: float = C) -> dict[str, tuple[float, float]]:
    """Sessions of ten, and a weekly season: the share of runs with an alarm, and of those with the promise withdrawn."""
    import numpy as np

    found = {name: [0, 0] for name in ("sessions", "sessions, blocked", "weekly", "weekly, same hour")}

    def note(name: str, stream: Stream) -> None:
        found[name][0] += stream.peak >= c
        found[name][1] += bool(stream.warning)

    for run in range(runs):
        rng = np.random.default_rng([run, 5])
        talk = (rng.normal(size=length // 10 + 200)[:, None] + rng.normal(size=(length // 10 + 200, 10))) * 0.7
        note("sessions", observe(start(talk[:200].ravel().tolist(), seed=run), talk[200:].ravel().tolist()))
        keys = [str(session) for session in range(len(talk)) for _ in range(10)]
        _, blocks = fill_blocks(
            Blocks(), keys, list(map(float, range(len(keys)))), talk.ravel().tolist(), closed=np.inf
        )
        means = [block.mean for block in blocks]
        note("sessions, blocked", observe(start(means[:200], seed=run), means[200:]))
        hours = np.arange(length + 4 * HOURS)
        season = np.sin(hours * 2 * np.pi / HOURS) + np.sin(hours * 2 * np.pi / 24) / 2
        load = (season + rng.standard_t(4, size=len(hours))).tolist()
        note("weekly", observe(start(load[: 4 * HOURS], seed=run), load[4 * HOURS :]))
        _, residuals = compare_with_week(Week(), (hours % HOURS).tolist(), load)
        left = [value for value in residuals if value is not None]
        note("weekly, same hour", observe(start(left[: 3 * HOURS], seed=run), left[3 * HOURS :]))
    return {name: (alarms / runs, warned / runs) for name, (alarms, warned) in found.items()}


def many_streams(*, runs: int, streams: int = 24, length: int = LENGTH, c: float = C) -> float:
    """The share of runs in which any of many streams raises an alarm under e-d-BH, looked at every 500 observations."""
    import numpy as np

    alarms = 0
    for run in range(runs):
        rng = np.random.default_rng([run, 6])
        watched, raised = [start_at(RATE) for _ in range(streams)], False
        for _ in range(length // 500):
            watched = [observe(one, rate(rng, 500).tolist()) for one in watched]
            raised = raised or bool(raise_alarms([one.statistic for one in watched], c).places)
        alarms += raised
    return alarms / runs


def costs() -> dict[str, float]:
    """Microseconds an observation in batches of 1,000, the median of nine."""
    import numpy as np

    found = {}
    for name in ("normal, conformal", "rate 5 %, bounded, mean known"):
        rng = np.random.default_rng(1)
        stream, times = ROWS[name].begin(rng, 1), []
        for _ in range(9):
            values = ROWS[name].draw(rng, 1000, 0.0).tolist()
            began = time.process_time()
            stream = observe(stream, values)
            times.append((time.process_time() - began) * 1000)
        found[name] = sorted(times)[4]
    return found


def windows(rows: int = 5000, width: int = 384, columns: int = 10) -> tuple[float, float]:
    """Seconds to compare two windows of a table and of embeddings, and the megabytes the process peaked at."""
    import resource

    import numpy as np

    from llmops.measures.clouds import centroid_shift, find_witnesses, mean_discrepancy
    from llmops.measures.domain_classifier import separate
    from llmops.measures.shifts import compare_columns

    rng = np.random.default_rng(1)
    tables = [{f"c{i}": rng.lognormal(size=rows) for i in range(columns - 2)} for _ in range(2)]
    for table in tables:
        table.update({f"k{i}": rng.choice(["de", "en", "fr", "it"], size=rows).tolist() for i in range(2)})
    clouds = [rng.normal(size=(rows, width)).astype(np.float32) for _ in range(2)]
    began = time.perf_counter()
    compare_columns(tables[0], tables[1])
    for compare in (mean_discrepancy, centroid_shift, find_witnesses, separate):
        compare(clouds[0], clouds[1])
    return time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def peers(runs: int) -> None:
    """ADWIN and Page-Hinkley of river on the same values: false alarms in 10,000 a run, delays, cost."""
    import numpy as np
    from river import drift  # type: ignore[import-not-found,unused-ignore]

    makers = {"ADWIN": drift.ADWIN, "ADWIN 1e-5": lambda: drift.ADWIN(delta=1e-5), "Page-Hinkley": drift.PageHinkley}
    for name, make in makers.items():
        for label, draw in (("normal", normal), ("rate 5 %", rate), ("judge-like", judged), ("latency", latency)):
            false, seconds = 0, 0.0
            delays: dict[float, list[int | None]] = {shift: [] for shift in SHIFTS}
            for run in range(runs):
                rng, detector = np.random.default_rng([run, 1]), make()
                began = time.process_time()
                for value in draw(rng, LENGTH).tolist():
                    detector.update(value)
                    false += detector.drift_detected
                seconds += time.process_time() - began
                for shift in SHIFTS:
                    delays[shift].append(_river_delay(make(), draw, shift, np.random.default_rng([run, 2])))
            told = " / ".join(f"{np.mean([d for d in delays[s] if d is not None]):.0f}" for s in SHIFTS)
            cost = seconds / runs / LENGTH * 1e6
            print(
                f"{name:13s} {label:11s} {false / runs:6.2f} false in 10,000; delays {told}; {cost:.1f} us", flush=True
            )


def _river_delay(detector, draw, shift: float, rng: "np.random.Generator") -> int | None:  # type: ignore[no-untyped-def]
    for value in draw(rng, BEFORE).tolist():
        detector.update(value)
    for place, value in enumerate(draw(rng, LONGEST, shift).tolist(), start=1):
        detector.update(value)
        if detector.drift_detected:
            return place
    return None


def main(runs: int) -> None:
    """Print all tables."""
    seconds, peak = windows()
    print(f"windows of 5,000 + 5,000 rows, 10 columns and 384-dimensional embeddings: {seconds:.2f} s, {peak:.0f} MB")
    for name, cost in costs().items():
        print(f"{name}: {cost:.2f} us an observation")
    for name, traffic in ROWS.items():
        false, error = false_alarms(traffic, runs=runs), (0.1 * 0.9 / runs) ** 0.5
        delays = [mean_delay(traffic, shift, runs=max(20, runs // 3)) for shift in SHIFTS]
        told = " / ".join(f"{mean:.0f}±{se:.0f}" for mean, se in delays)
        print(
            f"{name:34s} P(alarm in 10,000) {false:.3f} (aim 0.10, standard error {error:.3f}); delays {told}",
            flush=True,
        )
    for name, traffic in ACTIONS.items():
        false = false_alarms(traffic, runs=runs // 2, c=100)
        at_once = [mean_delay(traffic, shift, runs=max(20, runs // 5), c=100, before=0) for shift in SHIFTS]
        told = " / ".join(f"{mean:.0f}±{se:.0f}" for mean, se in at_once)
        print(f"action at 1 %: {name:34s} ever false in 10,000 {false:.3f}; from a change at once {told}", flush=True)
    print(f"trap, ranks in a frozen reference of 1,000: {frozen_reference(runs=runs):.3f}")
    print(f"trap, a rate from 500 values as if known: {estimate_as_if_known(runs=runs):.3f}")
    for name, (alarms, warned) in dependent(runs=max(20, runs // 3)).items():
        print(f"{name:20s} P(alarm in 10,000) {alarms:.3f}, promise withdrawn in {warned:.0%} of the runs")
    print(f"24 streams of rates under e-d-BH: P(any alarm in 10,000) {many_streams(runs=max(10, runs // 10)):.3f}")
    if find_spec("river"):
        peers(max(5, runs // 20))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
