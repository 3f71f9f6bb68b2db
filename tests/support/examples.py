"""Small examples of what a store keeps."""

from datetime import UTC, datetime

from llmops.core.hashing import Json, digest
from llmops.core.names import Kind
from llmops.domain.artifact import Actor, Move, Origin, Version
from llmops.domain.evaluation import CaseResult, Score
from llmops.domain.hook import Delivery
from llmops.domain.run import Run
from llmops.storage.store import Store

NOW = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
ANNA = Actor(name="anna@example.org", source="git e-mail")


def add_version(store: Store, content: Json, name: str = "answer", kind: Kind = "prompt") -> Version:
    """Add a version, or find the one with that content."""
    return store.versions.add(kind, name, digest(kind, content), content, Origin(author="anna"), NOW)[0]


def move_alias(store: Store, target: Version, expected: int | None, alias: str = "production") -> Move:
    """Point an alias at a version."""
    return store.aliases.move(target, alias, expected=expected, actor=ANNA, reason="better answers", now=NOW)


def example_run(run_id: str = "run-1", name: str = "docs", started_at: datetime = NOW) -> Run:
    """A run that has just begun."""
    return Run(id=run_id, name=name, started_at=started_at, refs={"app": "sha256:ab"}, parameters={"repeats": 1})


def example_result(case_id: str, repeat: int = 0, value: float | None = 1.0) -> CaseResult:
    """An answer with one score."""
    score = Score.missing("the scorer raised") if value is None else Score(value=value, passed=value >= 0.5)
    return CaseResult(
        case_id=case_id,
        repeat=repeat,
        cluster=case_id,
        inputs={"question": f"What is {case_id}?"},
        output="An answer.",
        scores={"contains": score},
    )


def example_delivery(delivery_id: str, *, hook: str = "notes", created_at: datetime = NOW) -> Delivery:
    """An event on its way to a hook."""
    return Delivery(
        id=delivery_id,
        event_id=f"evt-of-{delivery_id}",
        event="promote",
        hook=hook,
        body='{"event": "promote"}',
        created_at=created_at,
        due_at=created_at,
    )
