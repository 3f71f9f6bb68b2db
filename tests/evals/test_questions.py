"""Questions written from passages: what is kept, and why others are left out."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest

from llmops.core.hashing import Json
from llmops.domain.corpus import Chunk
from llmops.domain.evaluation import Case
from llmops.domain.interaction import ChatReply
from llmops.domain.judge import Complaint, Verdict
from llmops.evals.questions import CHECK, WRITE, Written, as_case, is_worth_asking, write_question
from tests.support.judges import SilentJudge

PASSAGE = "A book can be returned within thirty days, if the customer still has the receipt and the book is unread."


@dataclass(frozen=True)
class Writer(SilentJudge):
    """Answers the prompts with what was written for them."""

    replies: Mapping[str, Json] = field(default_factory=dict)

    async def ask(
        self,
        prompt: str,
        values: Mapping[str, Json],
        *,
        complaint: Complaint,
        index: int,
        heard: Callable[[ChatReply], None],
        weighted: bool = False,
    ) -> Verdict:
        reply = ChatReply(text="", model=self.model)
        heard(reply)
        assert complaint(self.replies[prompt]) == ""
        return Verdict(self.replies[prompt], reply)


def write(question: str, answer: str, verdict: str = "yes") -> tuple[Written, int]:
    heard: list[ChatReply] = []
    judge = Writer(replies={WRITE: {"question": question, "answer": answer}, CHECK: {"reason": "", "verdict": verdict}})
    return asyncio.run(write_question(judge, PASSAGE, heard.append)), len(heard)


def test_a_question_that_its_passage_answers_is_kept() -> None:
    found = write("Within how many days  can a book be returned?", "within thirty days")
    assert found == (Written("Within how many days can a book be returned?", "within thirty days"), 2)


@pytest.mark.parametrize(
    ("question", "answer", "verdict", "reason", "calls"),
    [
        ("", "", "yes", "nothing worth asking", 1),
        ("What does the passage say on books?", "thirty days", "yes", "speaks of its passage", 1),
        ("How long is a gift card valid?", "three years after purchase", "yes", "the answer is not in the passage", 1),
        ("How long?", "within thirty days", "no", "the passage does not answer it", 2),
    ],
)
def test_others_are_left_out_with_the_reason(question: str, answer: str, verdict: str, reason: str, calls: int) -> None:
    assert write(question, answer, verdict) == (Written(left_out=reason), calls)


def chunk(text: str) -> Chunk:
    return Chunk(
        cid="abcdef0123456789fedc",
        source="docs",
        key="docs/a.md",
        ordinal=0,
        start=0,
        end=1,
        text=text,
        line=1,
        end_line=1,
    )


def test_short_chunks_are_not_worth_asking() -> None:
    assert is_worth_asking(chunk(PASSAGE))
    assert not is_worth_asking(chunk("See also: returns."))


def test_a_case_has_its_evidence_beside_it() -> None:
    assert as_case(Written("How long?", "thirty days"), chunk(PASSAGE), {"model": "m"}) == Case(
        id="q-abcdef0123456789",
        inputs={"question": "How long?"},
        expectations={"answer": "thirty days", "relevant": ["docs/a.md"], "contexts": [PASSAGE]},
        metadata={"cluster": "docs/a.md", "chunk": "abcdef0123456789fedc", "model": "m"},
    )
