"""From specs to scorers: what loads, and what each mistake is answered with."""

import asyncio
import inspect
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from pathlib import Path

import pytest

from llmops.core.arguments import SERVICE
from llmops.core.errors import ExtraMissing, InputError, NotFound
from llmops.core.hashing import Json
from llmops.domain.evaluation import Direction, Score
from llmops.domain.ports import Embedder, Sample
from llmops.domain.suite import ScorerSpec
from llmops.evals.catalog import SCORERS
from llmops.evals.loading import LoadedScorer, Services, load_scorer, load_scorers
from llmops.evals.scorers.retrieval import Ndcg
from llmops.evals.scorers.text import Contains
from tests.support.hand_embedder import HandEmbedder


def refuse_embedder() -> Embedder:
    raise AssertionError("nobody asked for the embedder")


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return Services(embedder=refuse_embedder, root=tmp_path)


def spec(scorer: str, low: float | None = None, high: float | None = None, /, **arguments: Json) -> ScorerSpec:
    return ScorerSpec(scorer=scorer, label=scorer, arguments=arguments, min=low, max=high)


def test_arguments_become_fields(services: Services) -> None:
    assert load_scorer(spec("contains", 0.5, value=["a", "b"]), services) == LoadedScorer(
        "contains", Contains(value=["a", "b"]), 0.5, None
    )
    assert load_scorer(spec("ndcg", k=3), services).scorer == Ndcg(k=3)


def test_every_scorer_without_required_arguments_loads_bare(services: Services) -> None:
    for name in SCORERS:
        kind = SCORERS.get(name)
        assert is_dataclass(kind)
        own = [f for f in fields(kind) if SERVICE not in f.metadata]
        if any(f.default is MISSING and f.default_factory is MISSING for f in own):
            continue
        assert load_scorer(spec(name), services).label == name


def test_a_scorer_opens_the_embedder_only_when_it_scores(services: Services) -> None:
    embedder = HandEmbedder({"north": (0.0, 1.0)})
    lazy = Services(embedder=lambda: embedder, root=services.root)
    loaded = load_scorer(spec("semantic_similarity"), lazy)
    score = loaded.scorer.score(Sample(output="north", expectations={"answer": "north"}))
    assert inspect.iscoroutine(score)
    assert asyncio.run(score).value == pytest.approx(1.0)


def test_identity_is_a_digest_of_name_version_and_arguments(services: Services) -> None:
    bare, named = load_scorer(spec("contains"), services), load_scorer(spec("contains", 0.5), services)
    assert bare.identity == named.identity
    assert bare.identity.startswith("sha256:")
    assert bare.identity != load_scorer(spec("contains", ignore_case=True), services).identity


def test_order_and_labels_are_the_suites(services: Services) -> None:
    loaded = load_scorers([spec("latency"), ScorerSpec(scorer="contains", label="has_link")], services)
    assert [scorer.label for scorer in loaded] == ["latency", "has_link"]


@pytest.mark.parametrize(
    ("wrong", "message", "hint"),
    [
        (spec("conatins"), "there is no scorer called 'conatins'", "Did you mean 'contains'?"),
        (
            spec("contains", ignorecase=True),
            "scorer 'contains' takes no argument 'ignorecase'",
            "Did you mean 'ignore_case'?",
        ),
        (spec("ndcg", mni=0.5), "scorer 'ndcg' takes no argument 'mni'", "Did you mean 'min'?"),
        (spec("semantic_similarity", embedder="x"), "takes no argument 'embedder'", "Known: max, min, name."),
        (
            spec("ndcg", k="5"),
            "scorer 'ndcg': k is '5'; it should be a valid integer",
            "See docs/scorers.md for ndcg.",
        ),
        (spec("ndcg", k=0), "k is 0; it should be greater than or equal to 1", "See docs/scorers.md for ndcg."),
        (spec("contains", ignore_case="yes"), "ignore_case is 'yes'; it should be a valid boolean", "See docs"),
        (
            spec("contains", value=3),
            "value is 3; it should be a valid string or a valid array",
            "See",
        ),
        (
            spec("bleu", tokenize="13b"),
            "tokenize is '13b'; it should be '13a', 'intl', 'char', 'zh' or 'none'",
            "See",
        ),
        (spec("regex", pattern="("), "scorer 'regex': the regular expression '(' cannot be used: missing", "RE2"),
        (
            spec("json_schema", schema={"type": 3}),
            "scorer 'json_schema': the JSON Schema cannot be used",
            "json-schema.org",
        ),
        (spec("bleu", 70), "scorer 'bleu': min 70 lies outside its range 0 to 1", "Write a min between 0 and 1."),
        (
            spec("contains", None, -1),
            "scorer 'contains': max -1 lies outside its range",
            "Write a max between 0 and 1.",
        ),
        (spec("latency", 3, 1), "scorer 'latency': min 3 is above max 1", "Exchange them."),
    ],
)
def test_a_mistake_is_answered_with_what_to_write(
    wrong: ScorerSpec, message: str, hint: str, services: Services
) -> None:
    with pytest.raises(InputError, match="scorer") as caught:
        load_scorers([wrong], services)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_an_unknown_scorer_is_not_found(services: Services) -> None:
    with pytest.raises(NotFound, match="there is no scorer called 'bluu'"):
        load_scorers([spec("bluu")], services)


def test_two_scorers_of_one_label_are_refused(services: Services) -> None:
    with pytest.raises(InputError, match="two scorers are called 'contains'") as caught:
        load_scorers([spec("contains"), spec("contains", ignore_case=True)], services)
    assert caught.value.hint == "Give one of them a name: contains: {name: …}"


def test_a_bound_on_seconds_may_be_anything(services: Services) -> None:
    assert load_scorer(spec("latency", None, 30), services).max == 30


def test_a_missing_library_is_named_before_the_run(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ExtraMissing, match="rouge_l needs rouge-score, which is not installed"):
        load_scorers([spec("rouge_l")], services)


@dataclass(frozen=True)
class Longest:
    """A scorer as another package may bring one, with an argument that must be given."""

    characters: int
    direction: Direction = "higher"
    range: tuple[float, float] | None = (0.0, 1.0)
    unit: str = ""

    @property
    def identity(self) -> Json:
        return {"name": "longest", "characters": self.characters}

    def score(self, sample: Sample) -> Score:
        return Score(value=float(len(sample.output) <= self.characters))


@pytest.fixture
def longest() -> Callable[[], None]:
    if "longest" not in SCORERS:
        SCORERS.register("longest")(Longest)
    return lambda: None


@pytest.mark.usefixtures("longest")
def test_a_scorer_of_another_package_is_checked_like_ours(services: Services) -> None:
    loaded = load_scorer(spec("longest", characters=3), services)
    assert loaded.scorer.score(Sample(output="abc")) == Score(value=1.0)
    with pytest.raises(InputError, match="scorer 'longest' needs the argument 'characters'") as caught:
        load_scorer(spec("longest"), services)
    assert caught.value.hint == "longest: {characters: …}"
