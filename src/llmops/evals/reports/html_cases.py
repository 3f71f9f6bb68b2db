"""The single cases of the HTML report: inputs, contexts and outputs side by side with what was expected."""

import json
from collections.abc import Mapping, Sequence

from llmops.core.hashing import Json
from llmops.domain.corpus import Context
from llmops.domain.evaluation import CaseResult, Score
from llmops.evals.compare import Change
from llmops.evals.words import signed
from llmops.presentation.cleaning import excerpt, one_line
from llmops.presentation.figures import dollars, number, seconds
from llmops.presentation.html import Html, element, join

LONGEST_TEXT = 4000
LONGEST_CONTEXT = 1200
MOST_CONTEXTS = 8
MOST_FIELDS = 20


def case_card(result: CaseResult, units: Mapping[str, str], *, is_open: bool = False) -> Html:
    """One answer, folded behind its name and its scores."""
    name = result.case_id + (f" · repeat {result.repeat}" if result.repeat else "")
    head = element(
        "summary",
        element("span", one_line(name, 80), class_="mono"),
        element("span", "✗ no answer", class_="badge bad")
        if result.error is not None
        else join(score_badge(label, score, units.get(label, "")) for label, score in result.scores.items()),
        element("div", one_line(_first_text(result.inputs), 160), class_="soft small"),
    )
    answer = result.output if result.error is None else f"no answer: {result.error}"
    left = join([_label("Output"), _text(answer or "(empty)")])
    columns = element(
        "div",
        element("div", left, class_="field"),
        element("div", join(_fields("Expected", result.expectations)) or _label("Nothing expected"), class_="field"),
        class_="columns",
    )
    inside = element(
        "div", join(_fields("Input", result.inputs)), columns, _reasons(result), _contexts(result.contexts), _taken(result),
        class_="inside",
    )  # fmt: skip
    return element("details", head, inside, open="" if is_open else None)


def change_card(
    changes: Sequence[Change], before: CaseResult | None, after: CaseResult | None, units: Mapping[str, str]
) -> Html:
    """One case whose scores changed, with the answers of both runs."""
    inputs = after.inputs if after else {}
    head = element(
        "summary",
        element("span", one_line(changes[0].case_id, 80), class_="mono"),
        *(_change_badge(change, units.get(change.label, "")) for change in changes),
        element("div", one_line(_first_text(inputs), 160), class_="soft small"),
    )
    columns = element("div", _side("Baseline", before), _side("Candidate", after), class_="columns")
    expected = join(_fields("Expected", after.expectations)) if after else Html()
    return element("details", head, element("div", join(_fields("Input", inputs)), expected, columns, class_="inside"))


def _change_badge(change: Change, unit: str) -> Html:
    mark, word, tone = ("▲", "better", "good") if change.gain > 0 else ("▼", "worse", "bad")
    told = f"{mark} {change.label} {number(change.before, unit)} → {number(change.after, unit)}, {word}"
    return element("span", told, class_=f"badge {tone}", title=signed(change.after - change.before, unit))


def score_badge(label: str, score: Score, unit: str = "") -> Html:
    """A score as a badge; a mark and a word say what its colour says."""
    if score.status == "not_applicable":
        return element("span", f"{label} n/a", class_="badge quiet", title=score.reason or None)
    if score.status == "missing":
        return element("span", f"? {label} missing", class_="badge open", title=score.reason or None)
    mark, tone = {True: ("✓ ", "good"), False: ("✗ ", "bad"), None: ("", "quiet")}[score.passed]
    return element(
        "span", f"{mark}{label} {number(score.value, unit)}", class_=f"badge {tone}", title=score.reason or None
    )


def _side(heading: str, result: CaseResult | None) -> Html:
    if result is None:
        text = "(no answer stored)"
    else:
        text = (result.output or "(empty)") if result.error is None else f"no answer: {result.error}"
    return element("div", _label(heading), _text(text), class_="field")


def _fields(heading: str, values: Mapping[str, Json]) -> list[Html]:
    parts = []
    for key, value in list(values.items())[:MOST_FIELDS]:
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
        parts += [_label(f"{heading}: {one_line(key, 60)}"), _text(shown)]
    if len(values) > MOST_FIELDS:
        parts.append(_label(f"{heading}: {len(values) - MOST_FIELDS} more"))
    return parts


def _reasons(result: CaseResult) -> Html:
    told = [f"{label}: {score.reason}" for label, score in result.scores.items() if score.reason]
    if not told or result.error is not None:
        return Html()
    return join(
        [_label("Why these scores"), element("ul", *(element("li", one_line(t, 400)) for t in told), class_="notes")]
    )


def _contexts(contexts: Sequence[Context]) -> Html:
    if not contexts:
        return Html()
    parts = []
    for number_, context in enumerate(contexts[:MOST_CONTEXTS], 1):
        key, line = context.metadata.get("key"), context.metadata.get("line")
        place = f"{key}:{line}" if key and line else str(key or context.id)
        parts += [
            _label(f"[{number_}] {one_line(place, 100)} · score {context.score:.3f}"),
            _text(context.text, LONGEST_CONTEXT),
        ]
    if len(contexts) > MOST_CONTEXTS:
        parts.append(_label(f"{len(contexts) - MOST_CONTEXTS} more"))
    head = element("summary", f"Contexts ({len(contexts)})")
    return element("details", head, element("div", *parts, class_="inside"))


def _taken(result: CaseResult) -> Html:
    if result.error is not None:
        return Html()
    usage = result.usage
    parts = [result.model or "no model", seconds(usage.latency), f"{usage.tokens:,} tokens"]
    if usage.cost is not None:
        parts.append(dollars(usage.cost))
    if result.cached:
        parts.append("from the reply cache")
    return element("p", " · ".join(parts), class_="soft small")


def _first_text(inputs: Mapping[str, Json]) -> str:
    """What stands for the case in a list: its question, else its first text."""
    question = inputs.get("question")
    return question if isinstance(question, str) else next((v for v in inputs.values() if isinstance(v, str)), "")


def _label(text: str) -> Html:
    return element("p", text, class_="label")


def _text(text: str, limit: int = LONGEST_TEXT) -> Html:
    return element("pre", excerpt(text, limit))
