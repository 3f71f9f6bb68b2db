"""The report over many stored results: time and memory to read, summarise, compare and decide them.

    python benchmarks/report.py [results] [repeats]

Each result has three scores: one that passes or fails, one between 0 and 1, and one of a judge with three verdicts.
"""

import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from llmops.domain.evaluation import CaseResult, Score
from llmops.domain.interaction import Usage
from llmops.domain.run import Run
from llmops.domain.suite import GateSpec
from llmops.evals.gates.decide import decide
from llmops.evals.loading import LoadedScorer
from llmops.evals.observations import Observations
from llmops.evals.remembered import RememberedScorer
from llmops.evals.reports.report import RunFacts, build_report
from llmops.storage.store import open_store

LABELS = ("passes", "grade", "judged")
GATES = (
    GateSpec(scorer="passes", min=0.8),
    GateSpec(scorer="passes", segment="metadata.lang", max_gap=0.05),
    GateSpec(latency_p95=2.0),
)


def results(count: int, repeats: int) -> Iterator[CaseResult]:
    """Made-up results, `repeats` to a case, in six languages."""
    draw = random.Random(1)
    for i in range(count):
        case = i // repeats
        grade = min(1.0, max(0.0, draw.gauss(0.7, 0.2)))
        verdicts = tuple(round(min(1.0, max(0.0, draw.gauss(grade, 0.1))), 3) for _ in range(3))
        passes = draw.random() < 0.85
        yield CaseResult(
            case_id=f"case-{case:06}",
            repeat=i % repeats,
            cluster=f"case-{case:06}",
            inputs={"question": f"question {case}"},
            metadata={"lang": ("de", "en", "fr", "it", "es", "pl")[case % 6]},
            output="an answer of some length " * 8,
            usage=Usage(prompt_tokens=200, completion_tokens=60, cost=0.001, latency=draw.expovariate(2)),
            model="openai/gpt-4o-mini",
            scores={
                "passes": Score(value=float(passes), passed=passes),
                "grade": Score(value=grade),
                "judged": Score(value=sum(verdicts) / 3, draws=verdicts),
            },
        )


def main(count: int, repeats: int) -> None:
    scorers = [LoadedScorer(label, RememberedScorer("higher", (0.0, 1.0), "", label)) for label in LABELS]
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        store = open_store("sqlite:///bench.db", root=Path(folder))
        run = Run(id="run-bench", name="bench", started_at=datetime.now(UTC))
        store.runs.start(run)
        batch: list[CaseResult] = []
        for result in results(count, repeats):
            batch.append(result)
            if len(batch) == 500:
                store.runs.add_results(run.id, batch)
                batch = []
        store.runs.add_results(run.id, batch)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.perf_counter()
        observed = Observations.of(store.runs.results(run.id))
        figures["read_s"] = time.perf_counter() - started
        started = time.perf_counter()
        decisions = decide(GATES, observed, scorers)
        figures["gates_s"] = time.perf_counter() - started
        started = time.perf_counter()
        report = build_report(
            RunFacts(run.id, "bench", "app/docs", run.started_at, 1.0), observed, scorers, decisions=decisions
        )
        figures["report_s"] = time.perf_counter() - started
        figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        figures["grown_mb"] = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        figures["report_kb"] = len(report.model_dump_json()) / 1024
        store.close()
    print(json.dumps({"results": count, "repeats": repeats, **{name: round(v, 2) for name, v in figures.items()}}))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
