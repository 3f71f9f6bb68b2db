"""refusal: phrases first, likeness only to sentences in the negative, and the figures of its page."""

import asyncio
import json
from pathlib import Path

import pytest

from llmops.backends.catalogs import open_embedder
from llmops.core.settings import load_settings
from llmops.domain.evaluation import Score
from llmops.domain.ports import Sample
from llmops.evals.scorers.refusal import EXAMPLES, Refusal
from tests.support.hand_embedder import HandEmbedder
from tests.support.reference_values import shared_records
from tests.support.refusals import ANSWERS, LATER_ANSWERS, LATER_REFUSALS, REFUSALS

SENTENCE = "I never go there."
NEAR = {**dict.fromkeys(EXAMPLES, (1.0, 0.0)), SENTENCE: (1.0, 0.2)}
FAR = {**dict.fromkeys(EXAMPLES, (1.0, 0.0)), SENTENCE: (0.0, 1.0)}


def score(output: str, embedder: HandEmbedder | None = None) -> Score:
    scorer = Refusal(embedder=lambda: embedder or HandEmbedder({}))
    return asyncio.run(scorer.score(Sample(output=output)))


def test_a_phrase_is_enough_and_nothing_is_embedded() -> None:
    embedder = HandEmbedder({})
    found = score("I’m sorry, but I  can't help with that.", embedder)
    assert (found.value, found.label) == (1.0, "refusal")
    assert found.reason.startswith("it says")
    assert embedder.calls == []


def test_a_sentence_in_the_negative_is_compared_with_examples() -> None:
    near = score(SENTENCE, HandEmbedder(NEAR))
    assert near == Score(value=1.0, label="refusal", reason="0.98 like a refusal")
    assert score(SENTENCE, HandEmbedder(FAR)) == Score(value=0.0, reason="0.00 like a refusal")


def test_an_answer_that_denies_nothing_is_not_embedded() -> None:
    embedder = HandEmbedder({})
    assert score("You have 30 days.", embedder) == Score(value=0.0)
    assert score("", embedder) == Score(value=0.0, reason="the output is empty")
    assert embedder.calls == []


def test_only_the_opening_counts() -> None:
    story = "Once there was a king. He had a son. The son had a horse. "
    assert score(story + "I can't help with that.").value == 0.0


def test_the_direction_and_identity() -> None:
    assert (Refusal.direction, Refusal.range) == ("lower", (0.0, 1.0))
    assert Refusal(embedder=lambda: HandEmbedder({})).identity == {
        "name": "refusal",
        "version": 1,
        "arguments": {"similarity": 0.42},
        "embedder": "hand;1",
    }


@pytest.mark.slow
def test_the_figures_of_the_page(tmp_path: Path) -> None:
    """docs/scorers/writing.md: sentences written by hand, questions of XSTest and paragraphs of XQuAD."""
    embedder = open_embedder("local/all-MiniLM-L6-v2", load_settings(tmp_path, {}))
    scorer = Refusal(embedder=lambda: embedder)

    async def count(texts: list[str]) -> int:
        return sum([(await scorer.score(Sample(output=text))).value == 1.0 for text in texts])

    others = [
        str(record["text"])
        for name in ("guard/xstest", "ir/xquad/documents")
        for record in shared_records(f"{name}.jsonl")
    ]
    found = [asyncio.run(count(texts)) for texts in (REFUSALS, ANSWERS, LATER_REFUSALS, LATER_ANSWERS, others)]
    assert json.dumps(found) == "[61, 0, 13, 1, 0]"
    assert [len(REFUSALS), len(ANSWERS), len(LATER_REFUSALS), len(LATER_ANSWERS), len(others)] == [65, 65, 25, 25, 463]
