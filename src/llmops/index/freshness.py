"""How far an index is behind its sources, and how long changes take to be served."""

from datetime import datetime

from llmops.domain.manifest import Counts, Generation
from llmops.domain.noun import Noun
from llmops.measures.intervals import percentile
from llmops.presentation.figures import seconds
from llmops.storage.corpus import CorpusRepository

LATEST = 1_000
"""Changes that percentiles of delays are taken over."""


class Freshness(Noun):
    """Times are in seconds. `lag` is how long ago the oldest change was made that waits for its vector, 0 where none waits;
    `listed` how long ago the sources were last listed to the end, None where they never were: changes since then are not known.
    `coverage` is the share of chunks whose vectors are served. `delay_p50` and `delay_p95` are from the change of a document to
    its commit, over the latest `changes`; documents that are as they were before the
    generation was made do not count."""

    lag: float
    pending: int
    coverage: float
    listed: float | None
    delay_p50: float | None = None
    delay_p95: float | None = None
    changes: int = 0

    def in_words(self) -> str:
        """The figures in a line."""
        parts = [
            f"{self.pending:,} vectors wait, the oldest change for {seconds(self.lag)}"
            if self.pending
            else "nothing waits"
        ]
        parts.append("never listed to the end" if self.listed is None else f"sources listed {seconds(self.listed)} ago")
        if self.delay_p50 is not None and self.delay_p95 is not None:
            parts.append(
                f"half of the latest {self.changes:,} changes were committed within {seconds(self.delay_p50)}, "
                f"95 % within {seconds(self.delay_p95)}"
            )
        return "; ".join(parts)

    def metrics(self, index: str) -> str:
        """The figures as Prometheus reads them; what is not known is left out."""
        label = index.replace("\\", "\\\\").replace('"', '\\"')
        known = {
            "lag_seconds": self.lag, "pending_vectors": float(self.pending), "coverage_ratio": self.coverage,
            "listed_age_seconds": self.listed, "delay_p50_seconds": self.delay_p50, "delay_p95_seconds": self.delay_p95,
        }  # fmt: skip
        lines = []
        for name, value in known.items():
            if value is not None:
                lines += [f"# TYPE llmops_index_{name} gauge", f'llmops_index_{name}{{index="{label}"}} {value:.6g}']
        return "\n".join(lines)


def read_freshness(corpus: CorpusRepository, generation: Generation, counts: Counts, now: datetime) -> Freshness:
    """How far a generation is behind."""
    moment = now.timestamp()
    delays = [max(0.0, delay) for delay in corpus.freshness.delays(generation.id, LATEST)]
    synced = generation.synced_at
    return Freshness(
        lag=0.0 if counts.waiting_since is None else max(0.0, moment - counts.waiting_since),
        pending=counts.pending,
        coverage=1.0 if not counts.chunks else max(0.0, 1.0 - counts.pending / counts.chunks),
        listed=None if synced is None else max(0.0, moment - synced.timestamp()),
        delay_p50=percentile(delays, 50) if delays else None,
        delay_p95=percentile(delays, 95) if delays else None,
        changes=len(delays),
    )
