"""Identity: what makes two scores comparable, for every built-in scorer."""

from llmops.core.hashing import canonical_json
from llmops.domain.ports import Scorer
from llmops.evals.scorers.overlap import Bleu
from llmops.evals.scorers.similarity import SemanticSimilarity
from llmops.evals.scorers.text import Contains
from tests.support.hand_embedder import HandEmbedder


def test_identity_has_name_version_and_every_argument() -> None:
    scorer: Scorer = Contains(ignore_case=True)
    assert scorer.identity == {"name": "contains", "version": 1, "arguments": {"value": None, "ignore_case": True}}


def test_another_argument_is_another_identity() -> None:
    assert Contains().identity != Contains(value="x").identity
    assert Contains().identity == Contains(value=None).identity


def test_identity_names_libraries_and_models_but_no_service() -> None:
    assert Bleu().identity["library"] == "case:mixed|eff:yes|tok:13a|smooth:exp|version:2.6.0"
    embedded = SemanticSimilarity(embedder=lambda: HandEmbedder({})).identity
    assert embedded == {"name": "semantic_similarity", "version": 1, "arguments": {}, "embedder": "hand;1"}


def test_identity_has_a_canonical_form() -> None:
    assert canonical_json(Bleu().identity).startswith(b'{"arguments":{"tokenize":"13a"}')
