"""The texts of one answer as people read them: what it was asked, on what, how it was scored, and what it took."""

import json
from collections.abc import Mapping

from llmops.core.hashing import Json
from llmops.domain.corpus import Context
from llmops.domain.evaluation import CaseResult, Score
from llmops.presentation.cleaning import one_line
from llmops.presentation.figures import dollars, number, seconds

LONGEST_PLACE = 100


def answer_text(result: CaseResult) -> str:
    """The output, or why there is none."""
    if result.error is not None:
        return f"no answer: {result.error}"
    return result.output or "(empty)"


def first_text(inputs: Mapping[str, Json]) -> str:
    """What stands for the case in a list: its question, else its first text, else all of it (`months 3.5, tickets 2`)."""
    question = inputs.get("question")
    if isinstance(question, str):
        return question
    rest = ", ".join(f"{name} {json.dumps(value, ensure_ascii=False)}" for name, value in inputs.items())
    return next((value for value in inputs.values() if isinstance(value, str)), rest)


def value_text(value: Json) -> str:
    """A text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)


def place_of(context: Context) -> str:
    """Where a context comes from: `docs/a.md:3`, `book.pdf, page 4`, or its id."""
    key, line, page = (context.metadata.get(name) for name in ("key", "line", "page"))
    place = f"{key}, page {page}" if key and page else f"{key}:{line}" if key and line else str(key or context.id)
    return one_line(place, LONGEST_PLACE)


def score_tone(score: Score) -> str:
    """`good` or `bad` by the suite's bounds, `open` where it is missing, `quiet` where nothing is decided."""
    if score.status == "missing":
        return "open"
    return {True: "good", False: "bad", None: "quiet"}[score.passed]


def score_text(score: Score, unit: str = "") -> str:
    """The value, or `missing`, or `n/a`; a label beside its value."""
    if score.status == "not_applicable":
        return "n/a"
    if score.status == "missing":
        return "missing"
    return f"{number(score.value, unit)} {one_line(score.label, 40)}" if score.label else number(score.value, unit)


def usage_text(result: CaseResult) -> str:
    """Model, time, tokens and cost; nothing for an answer that failed."""
    if result.error is not None:
        return ""
    usage = result.usage
    parts = [result.model or "no model", seconds(usage.latency), f"{usage.tokens:,} tokens"]
    if usage.cost is not None:
        parts.append(dollars(usage.cost))
    if result.cached:
        parts.append("from the reply cache")
    return " · ".join(parts)
