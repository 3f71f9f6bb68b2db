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
        "contains_all": "llmops.evals.scorers.text:ContainsAll",
        "contains_any": "llmops.evals.scorers.text:ContainsAny",
        "starts_with": "llmops.evals.scorers.text:StartsWith",
        "regex": "llmops.evals.scorers.structure:Regex",
        "json_schema": "llmops.evals.scorers.structure:JsonSchema",
        "is_json": "llmops.evals.scorers.formats:IsJson",
        "json_path": "llmops.evals.scorers.formats:JsonPath",
        "xml_valid": "llmops.evals.scorers.formats:XmlValid",
        "sql_valid": "llmops.evals.scorers.formats:SqlValid",
        "numeric_diff": "llmops.evals.scorers.values:NumericDiff",
        "json_diff": "llmops.evals.scorers.values:JsonDiff",
        "list_match": "llmops.evals.scorers.values:ListMatch",
        "levenshtein": "llmops.evals.scorers.overlap:Levenshtein",
        "token_f1": "llmops.evals.scorers.overlap:TokenF1",
        "rouge_1": "llmops.evals.scorers.overlap:Rouge1",
        "rouge_2": "llmops.evals.scorers.overlap:Rouge2",
        "rouge_lsum": "llmops.evals.scorers.overlap:RougeLsum",
        "ter": "llmops.evals.scorers.overlap:Ter",
        "rouge_l": "llmops.evals.scorers.overlap:RougeL",
        "bleu": "llmops.evals.scorers.overlap:Bleu",
        "chrf": "llmops.evals.scorers.overlap:Chrf",
        "semantic_similarity": "llmops.evals.scorers.similarity:SemanticSimilarity",
        "context_support": "llmops.evals.scorers.similarity:ContextSupport",
        "hit_rate": "llmops.evals.scorers.retrieval:HitRate",
        "recall_at_k": "llmops.evals.scorers.retrieval:RecallAtK",
        "precision_at_k": "llmops.evals.scorers.retrieval:PrecisionAtK",
        "mrr": "llmops.evals.scorers.retrieval:Mrr",
        "map": "llmops.evals.scorers.retrieval:MeanAveragePrecision",
        "context_overlap": "llmops.evals.scorers.retrieval:ContextOverlap",
        "ndcg": "llmops.evals.scorers.retrieval:Ndcg",
        "faithfulness": "llmops.evals.scorers.judged.grounding:Faithfulness",
        "hallucination": "llmops.evals.scorers.judged.grounding:Hallucination",
        "latency": "llmops.evals.scorers.operational:Latency",
        "cost": "llmops.evals.scorers.operational:Cost",
    },
)
