"""`offline/support`: a baseline judge that needs no key and no network. It is no language model.

It reads the values of a judge prompt, which language models see only rendered, and answers the prompt's schema by likeness: a
statement counts as supported where a sentence of the text is near in meaning (embeddings) and has half of its words. What
likeness cannot tell (contradiction, tone, whether a goal was reached), it says that it cannot judge; such scores are missing.
Same question, same verdict.
"""

import json
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeAlias

from llmops.backends.catalogs import open_embedder
from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.core.settings import Settings
from llmops.domain.interaction import ChatReply, ChatRequest, Usage
from llmops.domain.ports import Embedder, EmbeddingCache
from llmops.text.support import find_support, statements_in, statements_of

VERSION: Final = 1  # of the method, part of the address that cached replies are kept under
_REFUSAL: Final = re.compile(r"i (?:do not|don['’]t|can ?not|can['’]t)\b|sorry\b|unfortunately\b", re.IGNORECASE)
_ENTITY: Final = re.compile(r"[^\W\d_a-z][\w'’-]*(?:\s+[^\W\d_a-z][\w'’-]*)*|\d[\d.,:/-]*\d|\d")
_NEAR: Final = 0.02  # cosines that differ by less are as good as each other

Values: TypeAlias = Mapping[str, Json]


class SupportJudge:
    """Judges by likeness. Parameters are ignored."""

    def __init__(self, model: str, embedder: Callable[[EmbeddingCache | None], Embedder]) -> None:
        self._model = model
        self._open = embedder
        self._cache: EmbeddingCache | None = None
        self._embedder: Embedder | None = None
        self._rules: Mapping[str, Callable[[Values], Awaitable[Json]]] = {
            "judge/statements": self._statements,
            "judge/sentences": self._sentences,
            "judge/faithfulness": lambda values: self._support(values, "statements", values["contexts"]),
            "judge/context_recall": lambda values: self._support(values, "sentences", values["contexts"]),
            "judge/correctness": lambda values: self._support(values, "statements", [values["text"]]),
            "judge/answerable": lambda values: self._support(values, "questions", [values["text"]]),
            "judge/usefulness": self._usefulness,
            "judge/answer_relevancy": self._question,
            "judge/entities": self._entities,
            "judge/questions": self._questions,
            "judge/rubric_steps": self._steps,
            "judge/pairwise": self._better,
        }

    @property
    def address(self) -> str:
        """The method's version and what its vectors depend on, for cache keys and identities."""
        return f"offline/support;{VERSION};{self._embeddings().identity}"

    @property
    def reads_values(self) -> bool:
        """Its verdict depends on the name and the values of the prompt, not on the messages."""
        return True

    def remember(self, vectors: EmbeddingCache) -> None:
        """Keep vectors there, and take those that are there already."""
        self._cache = vectors

    async def chat(self, request: ChatRequest) -> ChatReply:
        """Answer a judge prompt with JSON, or say why it cannot.

        Raises:
            InputError: it is asked something else than to judge.
        """
        if not request.prompt:
            raise InputError(
                f"{self._model} judges, and answers nothing else",
                hint="Write it as the suite's judge; to answer without a network there is offline/extractive.",
            )
        started = time.perf_counter()
        rule = self._rules.get(request.prompt)
        told = f"it compares sentences, and {request.prompt.removeprefix('judge/')} takes more than likeness"
        found = await rule(request.values) if rule else {"cannot": told}
        text = json.dumps(found, ensure_ascii=False)
        words = sum(len(message.content.split()) for message in request.messages)
        usage = Usage(
            prompt_tokens=words,
            completion_tokens=len(text.split()),
            cost=0.0,
            latency=time.perf_counter() - started,
        )
        return ChatReply(text=text, model=self._model, usage=usage)

    async def _statements(self, values: Values) -> Json:
        return {"statements": [text for text in statements_of(values["answer"]) if _claims(text)]}

    async def _sentences(self, values: Values) -> Json:
        return {"sentences": statements_of(values["text"])}

    async def _support(self, values: Values, key: str, texts: Sequence[str]) -> Json:
        found = await find_support(self._embeddings(), values[key], statements_in(texts))
        reason = {True: "a sentence is like it", False: "no sentence is like it"}
        return {
            "verdicts": [
                {"number": number, "reason": reason[yes], "verdict": "yes" if yes else "no"}
                for number, yes in enumerate(found, start=1)
            ]
        }

    async def _usefulness(self, values: Values) -> Json:
        """Useful where a sentence of the answer has its like in the context."""
        said, evidence = statements_of(values["answer"]), statements_of(values["context"])
        useful = any(await find_support(self._embeddings(), said, evidence))
        return {"reason": "by likeness", "verdict": "yes" if useful else "no"}

    async def _question(self, values: Values) -> Json:
        """The answer in place of a question: it is near to the question that it answers."""
        said = statements_of(values["answer"])
        return {"question": values["answer"].strip() or "?", "noncommittal": not any(map(_claims, said))}

    async def _entities(self, values: Values) -> Json:
        """Runs of capitalised words, and numbers; a single capitalised word that begins a sentence is none."""
        found: dict[str, None] = {}
        for sentence in statements_of(values["text"]):
            for match in _ENTITY.finditer(sentence):
                if match.start() > 0 or " " in match[0] or match[0][0].isdigit():
                    found[match[0]] = None
        return {"entities": list(found)}

    async def _questions(self, values: Values) -> Json:
        """Sentences in place of questions, spread over the text: one is answered where its like is there."""
        said, wanted = [text for text in statements_of(values["text"]) if _claims(text)], values["count"]
        if len(said) < wanted:
            return {
                "cannot": f"the text has {len(said)} sentences, fewer than the {wanted} questions that it is asked for"
            }
        return {"questions": [said[index * len(said) // wanted] for index in range(wanted)]}

    async def _steps(self, values: Values) -> Json:
        return {"steps": [values["criteria"].strip()]}

    async def _better(self, values: Values) -> Json:
        """The answer that is nearer to the question."""
        asked, first, second = (values[key].strip() for key in ("question", "first", "second"))
        if values.get("criteria") or not (asked and first and second):
            return {"cannot": "it can only tell which of two answers is nearer to a question"}
        vectors = await self._embeddings().embed([asked, first, second])
        ahead = float(vectors[1] @ vectors[0] - vectors[2] @ vectors[0])
        better = "tie" if abs(ahead) < _NEAR else "first" if ahead > 0 else "second"
        return {"reason": "by nearness to the question", "better": better}

    def _embeddings(self) -> Embedder:
        if self._embedder is None:
            self._embedder = self._open(self._cache)
        return self._embedder


def open_support(model: str, settings: Settings) -> SupportJudge:
    """Open `offline/support` with the workspace's embedding model."""
    return SupportJudge(model, lambda cache: open_embedder(settings.models.embedding, settings, cache=cache))


def _claims(sentence: str) -> bool:
    """Whether a sentence can be a claim: no heading, no question, no refusal."""
    return not sentence.startswith("#") and not sentence.endswith("?") and not _REFUSAL.match(sentence)
