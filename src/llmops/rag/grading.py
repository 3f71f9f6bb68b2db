"""A chat model as a reranker: it grades each candidate with the prompt `retrieval/rerank`."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Final, TypeGuard

from llmops.core.errors import ModelError
from llmops.core.hashing import Json
from llmops.domain.usage import Usage
from llmops.rag.queries import Ask

HIGHEST: Final = 10
_FENCE: Final = re.compile(r"\s*```\w*\s*\n(.*?)\n\s*```\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class GradingReranker:
    """Asks once for all candidates, and once more where the answer is not one grade for each.

    Attributes:
        model: the model string, for messages.
        ask: asks it with the prompt.
    """

    model: str
    ask: Ask

    async def rerank(self, question: str, texts: Sequence[str], *, repeat: int = 0) -> tuple[list[float], Usage]:
        """Scores from 0 to 1, one for each text, and what asking took.

        Raises:
            ModelError: the model did not answer, or twice gave no grades.
        """
        spent, problem = Usage(), ""
        values = {"question": question, "texts": list(texts)}
        for attempt in range(2):
            # Another number than that of any repeat, so that a cache does not give the bad answer once more.
            reply = await self.ask(values, repeat if attempt == 0 else repeat + 1_000_000)
            spent += reply.usage
            grades, problem = _read(reply.text, len(texts))
            if not problem:
                return [grade / HIGHEST for grade in grades], spent
        raise ModelError(
            f"{self.model} gave no grades for {len(texts)} texts, twice: {problem}",
            hint="Choose another model in retrieval.rerank, fewer candidates, or look at the prompt.",
        )


def _read(text: str, count: int) -> tuple[list[float], str]:
    """The grades in an answer in the order of the texts, and what is wrong with it; empty where nothing is."""
    fenced = _FENCE.fullmatch(text)
    try:
        value = json.loads(fenced[1] if fenced else text)
    except (ValueError, RecursionError):
        return [], "it is no JSON"
    rows = value.get("grades") if isinstance(value, dict) else None
    if not isinstance(rows, list):
        return [], "it has no list `grades`"
    found: dict[int, float] = {}
    for row in rows:
        number, grade = (row.get("number"), row.get("grade")) if isinstance(row, dict) else (None, None)
        if not _is_number(number, int) or not _is_number(grade, int | float) or not 0 <= grade <= HIGHEST:
            return [], f"{json.dumps(row)[:80]} is no grade from 0 to {HIGHEST}"
        if number in found or not 1 <= number <= count:
            return [], f"there is no text {number}, or it is graded twice"
        found[number] = float(grade)
    if len(found) < count:
        return [], f"{count - len(found)} texts have no grade"
    return [found[number] for number in range(1, count + 1)], ""


def _is_number(value: Json, kind: type | UnionType) -> TypeGuard[int]:
    """Whether a value is a number, and not true or false."""
    return isinstance(value, kind) and not isinstance(value, bool)
