"""A workspace folder with a registry over it, and the files to put there."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from llmops.core.errors import LlmopsError
from llmops.core.names import Ref, parse_ref
from llmops.core.settings import load_settings
from llmops.domain.artifact import Actor, Move
from llmops.registry import aliases
from llmops.registry.artifacts import Registered, Registry, Resolved
from llmops.storage.store import Store

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ADA = Actor(name="ada@example.com", source="LLMOPS_ACTOR")

PROMPT = """\
---
description: Answers.
model: openai/gpt-4o-mini
parameters: {temperature: 0.2, max_tokens: 100}
inputs:
  question: string
---
system:
Answer from the excerpts.

user:
{% for c in contexts %}
[{{ c.number }}] {{ c.text }}
{% endfor %}
{{ question }}
"""
APP = "prompt: answer\nrag: docs\nparameters: {temperature: 0}\n"
RAG = "sources: [{files: 'docs/**/*.md'}]\n"
CASES = """\
{"id": "q1", "inputs": {"question": "a?"}, "expectations": {"answer": "a"}}
{"id": "q2", "inputs": {"question": "b?"}}
"""
SUITE = (
    "target: {app: docs}\ndataset: evals/data/docs.jsonl\nscorers: [contains]\ngates: [{scorer: contains, min: 0.5}]\n"
)


@dataclass
class Desk:
    """A workspace on somebody's desk."""

    root: Path
    store: Store

    @property
    def registry(self) -> Registry:
        """A registry that has seen nothing yet."""
        return Registry(self.store, self.root, load_settings(self.root, {}))

    def write(self, name: str, text: str) -> Path:
        """Write a file of the workspace."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def write_all(self) -> None:
        """Write one file of each kind."""
        self.write("prompts/answer.md", PROMPT)
        self.write("rag/docs.yaml", RAG)
        self.write("apps/docs.yaml", APP)
        self.write("evals/data/docs.jsonl", CASES)
        self.write("evals/docs.yaml", SUITE)

    def register(self, *paths: str, message: str = "") -> list[Registered]:
        """Register files, all of them by default."""
        return self.registry.register([Path(path) for path in paths] or None, message=message, now=NOW)

    def registered(self, *paths: str) -> list[str]:
        """Register, and say what happened: `+prompt/answer@1` for a new version, `=prompt/answer@1` for a known one."""
        return [
            f"{'+' if done.created else '='}{done.version.kind}/{done.version.name}@{done.version.number}"
            for done in self.register(*paths)
        ]

    def resolve(self, ref: str) -> Resolved:
        """Resolve a ref."""
        return self.registry.resolve(parse_ref(ref))

    def versions(self, count: int, name: str = "answer") -> None:
        """Register so many versions of a prompt."""
        for number in range(1, count + 1):
            self.write(f"prompts/{name}.md", f"Say {number}.\n")
            self.register(f"prompts/{name}.md")

    def move(self, ref: str, alias: str = "production", *, minutes: int = 0) -> Move:
        """Move an alias."""
        return aliases.move(
            self.registry, parse_ref(ref), alias, actor=ADA, reason="better", now=NOW + timedelta(minutes=minutes)
        )

    def roll_back(self, ref: str = "prompt/answer@production", to: int | None = None) -> Move:
        """Roll an alias back."""
        return aliases.roll_back(
            self.registry, parse_ref(ref), to=to, actor=ADA, reason="worse", now=NOW + timedelta(hours=1)
        )

    def complaint(self, *paths: str) -> str:
        """What a failing `register` says."""
        with pytest.raises(LlmopsError, match=r".") as caught:
            self.register(*paths)
        assert caught.value.hint
        assert not self.store.versions.artifacts()
        return str(caught.value)


def ref(text: str) -> Ref:
    """Read a ref."""
    return parse_ref(text)
