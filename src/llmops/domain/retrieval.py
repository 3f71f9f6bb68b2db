"""How contexts are found for a question: what a RAG configuration says under `retrieval:` and `retriever:`."""

from typing import Final, Literal

from pydantic import Field, field_validator, model_validator

from llmops.core.durations import seconds
from llmops.core.errors import InputError, SettingsError
from llmops.core.hashing import Json
from llmops.domain.filters import Filters, admits, wanted
from llmops.domain.noun import Noun
from llmops.domain.prompt import PromptSpec

Mode = Literal["dense", "lexical", "hybrid"]

REWRITE: Final = "retrieval/rewrite"
QUERIES: Final = "retrieval/queries"
RERANK: Final = "retrieval/rerank"
FUSED: Final = 100
"""How many chunks each ranking brings, where several are fused or reordered and nothing else is said."""


class HeldPrompt(Noun):
    """A prompt with all that it says, held by the configuration that asks with it: its digest is in the configuration's."""

    name: str
    digest: str
    spec: PromptSpec


class RewriteSpec(Noun):
    """A model that puts a question, and what was said before it, into words to search with."""

    model: str = ""
    prompt: str | HeldPrompt = REWRITE


class QueriesSpec(Noun):
    """A model that asks the question in `count` further ways; what all of them find is fused."""

    count: int = Field(default=3, ge=1, le=10)
    model: str = ""
    prompt: str | HeldPrompt = QUERIES


class RerankSpec(Noun):
    """What puts the candidates in another order: a cross-encoder, a chat model (`llm`), or what a package calls itself.

    `min_score` is on the reranker's own scale; what scores less is left out.
    """

    method: str = "cross_encoder"
    model: str = ""
    prompt: str | HeldPrompt = ""
    min_score: float | None = None
    arguments: dict[str, Json] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits_together(self) -> "RerankSpec":
        if self.prompt and self.method != "llm":
            raise ValueError(f"a prompt goes with method llm, not with {self.method}")
        if self.arguments and self.method == "llm":
            raise ValueError("method llm takes no arguments; its prompt says them")
        return self


class RetrieverSpec(Noun):
    """A team's own retriever: a function as `module:function`, or what a package calls it. `version` says what its answers
    depend on, as nobody else can."""

    python: str
    version: str = Field(min_length=1)
    arguments: dict[str, Json] = Field(default_factory=dict)


class RetrievalSpec(Noun):
    """How contexts are found.

    `min_score` is a cosine similarity; chunks below it are not returned. `candidates` is how many chunks are looked at before
    k of them are chosen. `filters` hold for every question; without one of `required_filters` a question is an error. `mmr`
    weighs relevance against likeness to what is chosen already, from 0 to 1. `budget` is how many of the embedder's tokens the
    contexts may have together. `max_staleness` marks answers from an index that may lack older changes than this.
    """

    mode: Mode = "dense"
    k: int = Field(default=5, ge=1, le=1000)
    min_score: float | None = Field(default=None, ge=-1, le=1)
    candidates: int | None = Field(default=None, ge=1, le=1000)
    filters: dict[str, Json] = Field(default_factory=dict)
    required_filters: tuple[str, ...] = ()
    mmr: float | None = Field(default=None, ge=0, le=1)
    rerank: RerankSpec | None = None
    rewrite: RewriteSpec | None = None
    queries: QueriesSpec | None = None
    budget: int | None = Field(default=None, ge=1)
    max_staleness: str | None = None

    @field_validator("rewrite", "queries", mode="before")
    @classmethod
    def _short_forms(cls, value: Json) -> Json:
        """`rewrite: true`, `queries: 3`."""
        if value is True:
            return {}
        if value is False:
            return None
        return {"count": value} if isinstance(value, int) else value

    @field_validator("filters")
    @classmethod
    def _filters_can_hold(cls, value: dict[str, Json]) -> dict[str, Json]:
        try:
            wanted(value)
        except InputError as error:
            raise ValueError(error.message) from error
        return value

    @field_validator("max_staleness")
    @classmethod
    def _staleness_is_a_time(cls, value: str | None) -> str | None:
        try:
            seconds(value or "0s")
        except SettingsError as error:
            raise ValueError(error.message) from error
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> "RetrievalSpec":
        if self.candidates is not None and self.candidates < self.k:
            raise ValueError(f"candidates {self.candidates} must be at least k {self.k}")
        if self.mode == "lexical" and self.min_score is not None:
            raise ValueError("min_score is a cosine similarity, and mode lexical compares none; leave it out")
        return self

    def pool(self, k: int) -> int:
        """How many chunks a ranking brings when k are wanted."""
        if self.candidates is not None:
            return max(k, self.candidates)
        reorders = self.mmr is not None or self.rerank is not None or self.queries is not None
        return max(k, FUSED) if self.mode == "hybrid" else max(k, 4 * k if reorders else k)

    def filters_for(self, name: str, given: Filters | None) -> dict[str, Json]:
        """What must hold of contexts for a question that brings filters: those, and the configuration's own.

        Args:
            name: of the RAG configuration, for messages.
            given: the question's; it cannot widen what the configuration says.

        Raises:
            InputError: a required one is missing or empty, or nothing could ever be equal to one.
        """
        wanted(given)
        holding = dict(self.filters)
        for key, value in (given or {}).items():
            fixed = wanted({key: holding[key]}) if key in holding else []
            values = list(value) if isinstance(value, list | tuple) else [value]
            holding[key] = [one for one in values if admits(fixed, {key: one})] if fixed else value
        for key in self.required_filters:
            says = holding.get(key)
            empty = key not in holding or says in ("", None) or (key not in self.filters and _says_nothing(given, key))
            if empty:
                shown = f"the filter {key!r} is {says!r}" if key in holding else f"there is no filter {key!r}"
                raise InputError(
                    f"{shown}, and rag/{name} answers nobody without it",
                    hint=f'Pass filters={{"{key}": …}}, or on the command line --filter {key}=…',
                )
        return holding


def _says_nothing(given: Filters | None, key: str) -> bool:
    """Whether a filter lets nothing or an empty text through: what a missing header or a lost session turns into."""
    value = (given or {}).get(key)
    return value in ("", None) or (isinstance(value, list | tuple) and (not value or "" in value))
