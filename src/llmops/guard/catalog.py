"""The checks by name: built-in ones here, others through the entry-point group `llmops.checks`."""

from collections.abc import Callable

from llmops.core.catalog import Catalog
from llmops.guard.protocol import Check, Detector, SlowCheck

# A frozen dataclass whose fields are the check's arguments, or a function marked with `guard.user.check`.
CHECKS: Catalog[Callable[..., Detector | Check | SlowCheck]] = Catalog(
    "check",
    "llmops.checks",
    {
        "pii": "llmops.guard.checks.pii:Pii",
        "secrets": "llmops.guard.checks.secrets:Secrets",
        "phrases": "llmops.guard.checks.phrases:Phrases",
        "injection": "llmops.guard.checks.injection:Injection",
        "invisible": "llmops.guard.checks.invisible:Invisible",
        "regex": "llmops.guard.checks.regex:Regex",
        "length": "llmops.guard.checks.length:Length",
        "leak": "llmops.guard.checks.leak:Leak",
        "urls": "llmops.guard.checks.urls:Urls",
        "tools": "llmops.guard.checks.tools:Tools",
        "json_schema": "llmops.guard.checks.json_schema:JsonSchema",
        "language": "llmops.guard.checks.language:Language",
        "grounding": "llmops.guard.checks.grounding:Grounding",
        "semantic_grounding": "llmops.guard.checks.grounding:SemanticGrounding",
        "topics": "llmops.guard.checks.topics:TopicCheck",
        "classifier": "llmops.guard.checks.classifier:ClassifierCheck",
        "scorer": "llmops.guard.checks.scored:ScoredText",
        "judge": "llmops.guard.checks.judge:JudgeCheck",
    },
)
