"""The signals by name: built-in ones here, others through the entry-point group `llmops.signals`."""

from collections.abc import Callable

from llmops.core.catalog import Catalog
from llmops.monitor.protocol import PageSignal, Signal

# A frozen dataclass whose fields are the signal's arguments.
SIGNALS: Catalog[Callable[..., Signal | PageSignal]] = Catalog(
    "signal",
    "llmops.signals",
    {
        "length": "llmops.monitor.signals.answers:Length",
        "refusal": "llmops.monitor.signals.answers:RefusalRate",
        "language": "llmops.monitor.signals.answers:Language",
        "format": "llmops.monitor.signals.answers:Format",
        "latency": "llmops.monitor.signals.operation:Latency",
        "first_token": "llmops.monitor.signals.operation:FirstToken",
        "cost": "llmops.monitor.signals.operation:Cost",
        "tokens": "llmops.monitor.signals.operation:Tokens",
        "errors": "llmops.monitor.signals.operation:Errors",
        "feedback": "llmops.monitor.signals.operation:FeedbackScore",
        "guard": "llmops.monitor.signals.guarding:GuardRate",
        "retrieval_score": "llmops.monitor.signals.retrieval:RetrievalScore",
        "hits": "llmops.monitor.signals.retrieval:HitCount",
        "hit_source": "llmops.monitor.signals.retrieval:HitSource",
        "support": "llmops.monitor.signals.retrieval:Support",
        "embedding": "llmops.monitor.signals.embedding:Embedding",
        "judged": "llmops.monitor.signals.judged:Judged",
        "column": "llmops.monitor.signals.columns:Column",
    },
)
