"""The scorers by name: built-in ones here, others through the entry-point group `llmops.scorers`."""

from collections.abc import Callable

from llmops.core.catalog import Catalog
from llmops.domain.ports import Scorer

# A frozen dataclass whose fields are the scorer's arguments, or a function marked with `evals.user.scorer`.
SCORERS: Catalog[Callable[..., Scorer]] = Catalog(
    "scorer",
    "llmops.scorers",
    {
        "exact_match": "llmops.evals.scorers.text:ExactMatch",
        "contains": "llmops.evals.scorers.text:Contains",
        "not_contains": "llmops.evals.scorers.text:NotContains",
        "regex": "llmops.evals.scorers.structure:Regex",
        "json_schema": "llmops.evals.scorers.structure:JsonSchema",
        "levenshtein": "llmops.evals.scorers.overlap:Levenshtein",
        "token_f1": "llmops.evals.scorers.overlap:TokenF1",
        "rouge_l": "llmops.evals.scorers.overlap:RougeL",
        "bleu": "llmops.evals.scorers.overlap:Bleu",
        "chrf": "llmops.evals.scorers.overlap:Chrf",
        "semantic_similarity": "llmops.evals.scorers.similarity:SemanticSimilarity",
        "context_support": "llmops.evals.scorers.similarity:ContextSupport",
        "hit_rate": "llmops.evals.scorers.retrieval:HitRate",
        "recall_at_k": "llmops.evals.scorers.retrieval:RecallAtK",
        "precision_at_k": "llmops.evals.scorers.retrieval:PrecisionAtK",
        "mrr": "llmops.evals.scorers.retrieval:Mrr",
        "ndcg": "llmops.evals.scorers.retrieval:Ndcg",
        "latency": "llmops.evals.scorers.operational:Latency",
        "cost": "llmops.evals.scorers.operational:Cost",
    },
)
