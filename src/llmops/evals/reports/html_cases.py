"""Single answers on a page that runs no script: folded cards with inputs, contexts and what was expected."""

from collections.abc import Mapping, Sequence

from llmops.core.hashing import Json
from llmops.domain.corpus import Context
from llmops.domain.evaluation import CaseResult, Score
from llmops.evals.reports.case_texts import (
    answer_text,
    first_text,
    place_of,
    score_text,
    score_tone,
    usage_text,
    value_text,
)
from llmops.presentation.cleaning import excerpt, one_line
from llmops.presentation.html import Html, element, join
from llmops.presentation.pieces import badge, folded, label, notes

LONGEST_TEXT = 4000
LONGEST_CONTEXT = 1200
MOST_CONTEXTS = 8
MOST_FIELDS = 20
MARKS = {"good": "✓ ", "bad": "✗ ", "open": "? ", "quiet": ""}


def case_card(result: CaseResult, units: Mapping[str, str], *, is_open: bool = False) -> Html:
    """One answer, folded behind its name and its scores."""
    name = result.case_id + (f" · repeat {result.repeat}" if result.repeat else "")
    head = element(
        "summary",
        element("span", one_line(name, 80), class_="mono"),
        badge("✗ no answer", "bad")
        if result.error is not None
        else join(score_badge(label, score, units.get(label, "")) for label, score in result.scores.items()),
        element("div", one_line(first_text(result.inputs), 160), class_="soft small"),
    )
    columns = element(
        "div",
        element("div", label("Output"), _text(answer_text(result)), class_="field"),
        element("div", join(_fields("Expected", result.expectations)) or label("Nothing expected"), class_="field"),
        class_="columns",
    )
    inside = element(
        "div", join(_fields("Input", result.inputs)), columns, _reasons(result), _contexts(result.contexts),
        element("p", usage_text(result), class_="soft small"), class_="inside",
    )  # fmt: skip
    return element("details", head, inside, open="" if is_open else None)


def score_badge(name: str, score: Score, unit: str = "") -> Html:
    """A score as a badge; a mark and a word say what its colour says."""
    tone = score_tone(score)
    return badge(f"{MARKS[tone]}{name} {score_text(score, unit)}", tone, score.reason)


def _fields(heading: str, values: Mapping[str, Json]) -> list[Html]:
    parts = []
    for key, value in list(values.items())[:MOST_FIELDS]:
        parts += [label(f"{heading}: {one_line(key, 60)}"), _text(value_text(value))]
    if len(values) > MOST_FIELDS:
        parts.append(label(f"{heading}: {len(values) - MOST_FIELDS} more"))
    return parts


def _reasons(result: CaseResult) -> Html:
    told = [f"{name}: {score.reason}" for name, score in result.scores.items() if score.reason]
    if not told or result.error is not None:
        return Html()
    return join([label("Why these scores"), notes(one_line(text, 400) for text in told)])


def _contexts(contexts: Sequence[Context]) -> Html:
    if not contexts:
        return Html()
    parts = []
    for place, context in enumerate(contexts[:MOST_CONTEXTS], 1):
        parts += [
            label(f"[{place}] {place_of(context)} · score {context.score:.3f}"),
            _text(context.text, LONGEST_CONTEXT),
        ]
    if len(contexts) > MOST_CONTEXTS:
        parts.append(label(f"{len(contexts) - MOST_CONTEXTS} more"))
    return folded(f"Contexts ({len(contexts)})", *parts)


def _text(text: str, limit: int = LONGEST_TEXT) -> Html:
    return element("pre", excerpt(text, limit))
