"""Reading results: the page of a large run in a browser, stored results listed and compared, a table while a run goes on.

    python benchmarks/reports.py [--cases 10000] [--runs 100] [--results 1000] [--large 50000]

The page has so many cases with four scorers, four contexts of 700 characters, outputs of 200 and a baseline's answers.
Where a Chromium is installed, it opens the page with an empty cache each time, until the list and the first case are drawn.
The store is SQLite, with so many runs of so many results, and in a store of its own two runs of the large number.
"""

import argparse
import contextlib
import io
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from support.measure import show
from tests.support.browser import Chromium
from tests.support.eval_runs import GivenScorer, baseline, loaded, observed, report

from llmops.domain.corpus import Context
from llmops.domain.evaluation import CaseResult, Score
from llmops.domain.interaction import Usage
from llmops.domain.run import Run
from llmops.evals.compare import compare_runs
from llmops.evals.loading import LoadedScorer
from llmops.evals.reports.dossier import Dossier
from llmops.evals.reports.saving import save_report
from llmops.flows.evaluation.stored import compare_stored, finished_run
from llmops.presentation.live import LiveScores
from llmops.storage.store import Store, open_store

NOW = datetime(2026, 3, 1, tzinfo=UTC)
WORDS = ["".join(random.Random(i).choices("abcdefghijklmnopqrstuvwxyz", k=2 + i % 9)) for i in range(3000)]
SCORERS: list[LoadedScorer] = [
    loaded("contains"),
    loaded("similarity"),
    loaded("faithfulness"),
    LoadedScorer("latency", GivenScorer(range=None, direction="lower", unit="s")),
]


def answers(number: int, seed: int) -> Iterator[CaseResult]:
    """Answers to so many cases; the same cases for every seed."""
    draw = random.Random(seed)
    for index in range(number):
        case = random.Random(index)
        right = draw.random() < 0.8
        latency = draw.uniform(0.2, 2.0)
        contexts = tuple(
            Context(id=f"{index}-{k}", text=" ".join(case.choices(WORDS, k=110)), score=0.9 - k / 10) for k in range(4)
        )
        yield CaseResult(
            case_id=f"case-{index:06}",
            cluster=f"case-{index:06}",
            inputs={"question": " ".join(case.choices(WORDS, k=9)) + "?"},
            expectations={"answer": " ".join(case.choices(WORDS, k=30))},
            metadata={"topic": case.choice(["index", "gates", "promotion"])},
            output=" ".join(draw.choices(WORDS, k=30)) + " [1]",
            contexts=contexts,
            usage=Usage(prompt_tokens=900, completion_tokens=40, cost=0.0021, latency=latency),
            model="openai/gpt-4o-mini",
            scores={
                "contains": Score(value=float(right), passed=right),
                "similarity": Score(value=min(1.0, max(0.0, draw.gauss(0.8 if right else 0.5, 0.1)))),
                "faithfulness": Score(value=draw.random(), reason=" ".join(draw.choices(WORDS, k=12))),
                "latency": Score(value=latency),
            },
        )


def fill(store: Store, runs: int, results: int) -> None:
    """Store runs with their results and reports."""
    for number in range(runs):
        rows = list(answers(results, number))
        name, run_id = ("docs", "chat")[number % 2], f"run-{number:05}"
        target = f"app/{name}@{1 + number // 4}"
        run = Run(id=run_id, name=name, started_at=NOW + timedelta(hours=number), parameters={"target": target})
        store.runs.start(run)
        for start in range(0, results, 2000):
            store.runs.add_results(run_id, rows[start : start + 2000])
        found = report(rows, *SCORERS, run_id=run_id, suite=name, target=target)
        store.runs.finish(run_id, "finished", found.model_dump(mode="json"), NOW)


def timed(work: Callable[[], object], times: int = 5) -> float:
    """Seconds that a call takes, the median of so many."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return sorted(taken)[times // 2]


def page_rows(cases: int, folder: Path) -> Iterator[tuple[str, str, str]]:
    """Size of the page, what writing it takes, and how soon a browser shows it."""
    after, before = list(answers(cases, 1)), list(answers(cases, 2))
    found = report(after, *SCORERS)
    comparison = compare_runs(observed(after), baseline(before, *SCORERS), SCORERS)
    dossier = Dossier(found.model_copy(update={"comparison": comparison}), lambda: iter(after), lambda: iter(before))
    path = folder / "report.html"
    started = time.process_time()
    save_report(dossier, path)
    yield f"page of {cases:,} cases, CPU to write it", f"{time.process_time() - started:.1f} s", ""
    yield "size of the page", f"{path.stat().st_size / 1e6:.1f} MB", "<= 20 MB"
    if not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        yield "no Chromium is installed to open it", "", ""
        return
    taken = []
    for _ in range(5):
        with Chromium() as page:
            started = time.perf_counter()
            page.open(path)
            page.wait_for("document.getElementById('browser').dataset.ready && document.querySelector('.detail h3')")
            taken.append(time.perf_counter() - started)
            search = "document.querySelector('[data-part=search]')"
            page.evaluate(
                f"{search}.value = '{after[-1].contexts[3].text[:60]}'; {search}.dispatchEvent(new Event('input'))"
            )
            begun = time.perf_counter()
            page.wait_for("document.querySelector('[data-part=status]').textContent.startsWith('1 of')")
            searched = time.perf_counter() - begun
            assert page.console == []
    yield "open in Chromium until a case is drawn", f"{sorted(taken)[2]:.2f} s", "<= 3 s"
    yield "find a case by a text in its contexts", f"{searched:.2f} s", ""


def store_rows(store: Store, runs: int, results: int) -> Iterator[tuple[str, str, str]]:
    """Listing, filtering and comparing where so many results are stored."""
    said = f"{runs * results:,} results in {runs} runs"
    yield f"{said}: list 20 runs", f"{timed(lambda: store.runs.runs(limit=20)) * 1000:.0f} ms", "<= 1 s"
    chosen = timed(lambda: store.runs.runs(name="docs", status="finished", target="app/docs", since=NOW, limit=200))
    yield "  filter by suite, status, target and time", f"{chosen * 1000:.0f} ms", "<= 1 s"
    last, first = finished_run(store, f"run-{runs - 1:05}"), finished_run(store, f"run-{runs - 2:05}")
    yield "  compare two of the runs", f"{timed(lambda: compare_stored(store, [first, last]), 3):.2f} s", "<= 1 s"
    ranges = {score.label: (score.range, score.direction) for score in last.report.scores if score.range}
    worst = timed(lambda: store.scores.worst(last.run.id, ranges, 5))
    yield "  five worst answers of a run", f"{worst * 1000:.0f} ms", ""


def live_rows(cases: int) -> Iterator[tuple[str, str, str]]:
    """What looking on costs beside an evaluation."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    rows = list(answers(cases, 1))
    live = LiveScores(Terminal())
    started = time.process_time()
    for done in range(0, cases, 10):
        live.see(rows[done : done + 10], SCORERS)
        for step in range(10):
            live(done + step, cases + 1, "cases")
    live.close()
    yield f"running means of {cases} cases on a terminal, CPU", f"{(time.process_time() - started) * 1000:.1f} ms", ""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, number in (("cases", 10_000), ("runs", 100), ("results", 1000), ("large", 50_000)):
        parser.add_argument(f"--{name}", type=int, default=number)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        rows = list(page_rows(options.cases, Path(folder)))
        with contextlib.closing(open_store("sqlite:///many.db", root=Path(folder))) as store:
            fill(store, options.runs, options.results)
            rows += store_rows(store, options.runs, options.results)
        with contextlib.closing(open_store("sqlite:///large.db", root=Path(folder))) as store:
            fill(store, 2, options.large)
            rows += store_rows(store, 2, options.large)
    show("reading results", [*rows, *live_rows(500)])


if __name__ == "__main__":
    main()
