"""Questions written from passages by a chat model, and checked by a second call, for datasets that nobody has yet.

A question is left out where the check says that its passage alone does not answer it, where it speaks of "the passage", and
where the answer's words are not the passage's: what is kept has its evidence beside it.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from llmops.core.hashing import Json
from llmops.domain.corpus import Chunk
from llmops.domain.evaluation import Case
from llmops.domain.interaction import ChatReply
from llmops.domain.judge import Judge

WRITE: Final = "judge/write_question"
CHECK: Final = "judge/check_question"
LEAST_WORDS: Final = 15  # of a chunk that is worth asking about
LEAST_SHARE: Final = 0.5  # of the answer's words that its passage must have

_WORD: Final = re.compile(r"[^\W_]+")
_OF_THE_PASSAGE: Final = re.compile(
    r"\b(?:the|this|that|given|above|provided) (?:passage|text|excerpt|paragraph|snippet|document|article|section|context)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Written:
    """A question with its answer; or, where it was left out, why."""

    question: str = ""
    answer: str = ""
    left_out: str = ""


def is_worth_asking(chunk: Chunk) -> bool:
    """Whether a chunk has enough words."""
    return len(_WORD.findall(chunk.text)) >= LEAST_WORDS


async def write_question(judge: Judge, passage: str, heard: Callable[[ChatReply], None]) -> Written:
    """Write a question from a passage and check it.

    Args:
        judge: who writes and checks.
        passage: the text.
        heard: called with every reply of the model.

    Raises:
        ModelError: the model did not answer, or twice not in the form asked for.
    """
    found = await judge.ask(WRITE, {"passage": passage}, complaint=_no_complaint, index=0, heard=heard)
    question, answer = (" ".join(str(found.value[key]).split()) for key in ("question", "answer"))
    if not question or not answer:
        return Written(left_out="nothing worth asking")
    if _OF_THE_PASSAGE.search(question):
        return Written(left_out="speaks of its passage")
    if _share(answer, passage) < LEAST_SHARE:
        return Written(left_out="the answer is not in the passage")
    checked = await judge.ask(
        CHECK,
        {"question": question, "answer": answer, "passage": passage},
        complaint=_no_complaint,
        index=0,
        heard=heard,
    )
    if checked.value["verdict"] != "yes":
        return Written(left_out="the passage does not answer it")
    return Written(question, answer)


def as_case(written: Written, chunk: Chunk, metadata: dict[str, Json]) -> Case:
    """A question as a case: its document is what should be retrieved, its chunk the evidence, its document the cluster."""
    return Case(
        id=f"q-{chunk.cid[:16]}",
        inputs={"question": written.question},
        expectations={"answer": written.answer, "relevant": [chunk.key], "contexts": [chunk.text]},
        metadata={"cluster": chunk.key, "chunk": chunk.cid, **metadata},
    )


def _share(answer: str, passage: str) -> float:
    words, known = (Counter(_WORD.findall(text.lower())) for text in (answer, passage))
    return (words & known).total() / words.total() if words else 0.0


def _no_complaint(value: Json) -> str:
    return ""
