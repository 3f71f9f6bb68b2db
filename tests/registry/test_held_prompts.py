"""Prompts of retrieval, held by the configuration that asks with them."""

import pytest

from llmops.domain.corpus import RagSpec
from llmops.domain.retrieval import HeldPrompt
from llmops.registry.packaged import packaged_prompt
from tests.support.registries import Desk

SOURCES = "sources: [{files: x}]\n"


def held(desk: Desk) -> HeldPrompt:
    spec = desk.resolve("rag/docs").spec(RagSpec)
    assert spec.retrieval.rewrite is not None
    assert isinstance(spec.retrieval.rewrite.prompt, HeldPrompt)
    return spec.retrieval.rewrite.prompt


def test_a_configuration_holds_what_its_models_are_asked_with(desk: Desk) -> None:
    packaged = packaged_prompt("retrieval/rewrite")
    assert packaged is not None
    desk.write("llmops.toml", '[models]\ndefault = "openai/m"\n')
    desk.write("rag/docs.yaml", f"{SOURCES}retrieval: {{rewrite: true, queries: 2, rerank: {{method: llm}}}}\n")
    spec = desk.resolve("rag/docs").spec(RagSpec).retrieval
    assert spec.rewrite is not None
    assert spec.queries is not None
    assert spec.rerank is not None
    assert (spec.rewrite.model, spec.queries.model, spec.rerank.model) == ("openai/m",) * 3
    assert held(desk).digest == packaged.digest
    assert spec.queries.count == 2
    assert isinstance(spec.rerank.prompt, HeldPrompt)
    assert spec.rerank.prompt.name == "retrieval/rerank"


def test_the_workspaces_own_prompt_changes_the_digest(desk: Desk) -> None:
    desk.write("rag/docs.yaml", f"{SOURCES}retrieval: {{rewrite: {{model: openai/m}}}}\n")
    before = desk.resolve("rag/docs").digest
    desk.write("prompts/retrieval/rewrite.md", "Search for {{ question }}\n")
    assert held(desk).spec.body.startswith("Search for")
    assert desk.resolve("rag/docs").digest != before


@pytest.mark.parametrize(
    ("retrieval", "said"),
    [
        ("{rewrite: true}", "offline/extractive is no language model, so retrieval.rewrite cannot ask it"),
        ("{rewrite: {model: openai/m, prompt: nothing}}", "rag/docs.yaml:2: there is no prompt called 'nothing'"),
        ("{queries: {model: openai/m, prompt: whole}}", "the prompt 'whole' includes others"),
    ],
)
def test_what_cannot_be_asked(desk: Desk, retrieval: str, said: str) -> None:
    desk.write("prompts/part.md", "Part.\n")
    desk.write("prompts/whole.md", '{% include "part" %}\n{{ question }} {{ count }}\n')
    desk.write("rag/docs.yaml", f"{SOURCES}retrieval: {retrieval}\n")
    complaint = desk.complaint()
    assert said in complaint
    assert "rag/docs.yaml:" in complaint
