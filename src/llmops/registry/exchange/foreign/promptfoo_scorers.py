"""Assertions of promptfoo as scorers of a suite, or of single cases.

An assertion that every test makes with the same value becomes a scorer of the suite with that value. What tests expect each for
themselves goes into `expectations` (an answer, a pattern, a schema), of which a case has one each; the rest become scorers of
their cases. What is no scorer at all is listed.
"""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from llmops.core.hashing import Json
from llmops.registry.exchange.foreign.conversion import Conversion
from llmops.registry.exchange.foreign.promptfoo_tests import Assertion, Test

_LEAST: Final = {"similar": 0.75, "rouge-n": 0.75, "bleu": 0.5}  # promptfoo's own thresholds where none is written
_ANSWER: Final = ("equals", "contains", "icontains", "contains-any", "icontains-any", *_LEAST)
_SLOTS: Final = (("answer", _ANSWER), ("pattern", ("regex",)), ("schema", ("is-json",)))
_TEXTS: Final = (
    "contains", "icontains", "contains-any", "icontains-any", "contains-all", "icontains-all", "not-contains",
    "not-icontains", "not-contains-any", "not-icontains-any", "starts-with",
)  # fmt: skip
_JUDGED: Final = {
    "llm-rubric": "rubric", "g-eval": "rubric", "answer-relevance": "answer_relevancy", "context-faithfulness": "faithfulness",
}  # fmt: skip
_SHARED: Final = (*_TEXTS, *_JUDGED, "regex", "is-json", "latency", "cost", "is-xml", "is-sql", "is-refusal")


_UNPLACED: Final = "it has no text that a scorer could use, or another assertion has taken the answer of its case"


@dataclass(slots=True)
class Scorers:
    """What became of the assertions: scorers as a suite file has them, and for each test its expectations and scorers."""

    scorers: list[Json] = field(default_factory=list)
    expectations: list[dict[str, Json]] = field(default_factory=list)
    of_cases: list[list[Json]] = field(default_factory=list)
    _labels: Counter[str] = field(default_factory=Counter)

    def add(self, scorer: str, label: str, **arguments: Json) -> None:
        """Add a scorer of the suite under a label that no other has."""
        self._labels[label] += 1
        if self._labels[label] > 1:
            label = f"{label}_{self._labels[label]}"
        self.scorers.append(_written(scorer, label, arguments))

    def add_to_case(self, index: int, scorer: str, label: str, arguments: dict[str, Json]) -> None:
        """Add a scorer of one case, under a label that neither the suite nor the case has."""
        label = f"own_{label}" if label in self._labels else label
        taken = {next(iter(one.values())).get("name", next(iter(one))) for one in self.of_cases[index]}
        numbered = [label, *(f"{label}_{number}" for number in range(2, len(taken) + 2))]
        free = next(name for name in numbered if name not in taken)
        self.of_cases[index].append({scorer: {"name": free, **arguments} if free != scorer else arguments})


def _written(scorer: str, label: str, arguments: dict[str, Json]) -> Json:
    if label != scorer:
        arguments = {"name": label, **arguments}
    return {scorer: arguments} if arguments else scorer


def convert_assertions(conversion: Conversion, tests: Sequence[Test]) -> Scorers:
    """Convert what can be; remark on the rest, each with its line."""
    found = Scorers(expectations=[{} for _ in tests], of_cases=[[] for _ in tests])
    left = [[one for one in test.assertions if _is_usable(conversion, one)] for test in tests]
    if not tests:
        return found
    for one in list(left[0]):
        if one.type in _SHARED and all(any(_same(one, other) for other in rest) for rest in left):
            made = _as_scorer(one)
            if made is not None:
                found.add(made[0], made[1], **made[2])
                left = [[other for other in rest if not _same(one, other)] for rest in left]
    for slot, types in _SLOTS:
        _fill_slot(found, slot, types, left)
    for index, rest in enumerate(left):
        for one in rest:
            made = _as_scorer(one)
            if made is None:
                _note(conversion, one, _UNPLACED)
            else:
                found.add_to_case(index, *made)
    return found


def _is_usable(conversion: Conversion, one: Assertion) -> bool:
    problem = ""
    if one.type not in _SHARED and one.type not in _ANSWER:
        problem = "there is no such scorer"
    elif "transform" in one.rest or "contextTransform" in one.rest:
        problem = "it transforms the output first"
    elif isinstance(one.value, str) and one.value.startswith("file://"):
        problem = f"its value is in {one.value}"
    elif "{{" in json.dumps(one.value):
        problem = "its value is a template"
    elif one.type == "regex" and (reason := _no_re2(one.value)):
        problem = reason
    elif one.type in _ANSWER and not _is_text(one.value):
        problem = "its value is no text"
    if problem:
        _note(conversion, one, problem)
    elif "weight" in one.rest:
        conversion.note_line(
            one.file, one.line, f"the weight of `{one.type}` was left out; scorers are counted one by one"
        )
    return not problem


def _as_scorer(one: Assertion) -> tuple[str, str, dict[str, Json]] | None:
    """Scorer, label and arguments for an assertion with the value that it compares with; None where there is none."""
    kind = one.type.removeprefix("not-")
    folded: dict[str, Json] = {"ignore_case": True} if kind.startswith("icontains") else {}
    if one.type in ("latency", "cost"):
        if one.threshold is None:
            return None
        return one.type, one.type, {"max": one.threshold / 1000 if one.type == "latency" else one.threshold}
    if one.type == "equals":
        import re2

        texts = one.value if isinstance(one.value, list) else [one.value]
        return "regex", "equals", {"pattern": "|".join(map(re2.escape, texts)), "full": True}
    if one.type in _JUDGED:
        label, arguments = _JUDGED[one.type], {} if one.threshold is None else {"min": one.threshold}
        if label != "rubric":
            return label, label, arguments
        return (
            (label, label, {"criteria": one.value, **arguments}) if isinstance(one.value, str) and one.value else None
        )
    plain = _PLAIN.get(one.type)
    if plain is not None:
        return plain(one.value)
    if kind in ("contains-all", "icontains-all") and isinstance(one.value, list):
        return "contains_all", "contains_all", {"value": list(map(str, one.value)), **folded}
    if one.type in _TEXTS and _is_text(one.value):
        scorer = "not_contains" if one.type.startswith("not-") else "contains"
        return scorer, scorer, {"value": one.value, **folded}
    return None


_PLAIN: Final[dict[str, Callable[[Json], tuple[str, str, dict[str, Json]]]]] = {
    "regex": lambda value: ("regex", "regex", {"pattern": value}),
    "is-json": lambda value: ("json_schema", "json_schema", {"schema": _schema(value)}),
    "starts-with": lambda value: ("starts_with", "starts_with", {"value": value}),
    "is-xml": lambda value: ("xml_valid", "xml_valid", _elements(value)),
    "is-sql": lambda value: ("sql_valid", "sql_valid", {}),
    "is-refusal": lambda value: ("refusal", "refusal", {"min": 1}),
}


def _elements(value: Json) -> dict[str, Json]:
    """The elements that must be there, which promptfoo writes with dots from the root."""
    named = value.get("requiredElements") if isinstance(value, dict) else value
    return {"elements": [str(name).replace(".", "/") for name in named]} if isinstance(named, list) and named else {}


def _fill_slot(found: Scorers, slot: str, types: tuple[str, ...], left: list[list[Assertion]]) -> None:
    """Put one expectation into each test: that of the commonest kind, and of the kinds that always expect the same."""
    counts = Counter(_family(one) for rest in left for one in rest if one.type in types)
    if not counts:
        return
    first = counts.most_common(1)[0][0]
    chosen = [next((one for one in rest if _family(one) == first), None) for rest in left]
    fitting = {first}
    for other in counts.keys() - {first}:
        others = [next((one for one in rest if _family(one) == other), None) for rest in left]
        if all(
            (a is None) == (b is None) and (a is None or b is None or a.value == b.value)
            for a, b in zip(chosen, others, strict=True)
        ):
            fitting.add(other)
    for index, one in enumerate(chosen):
        if one is not None:
            found.expectations[index][slot] = _schema(one.value) if slot == "schema" else one.value
            left[index] = [
                other for other in left[index] if not (_family(other) in fitting and other.value == one.value)
            ]
    for family in sorted(fitting, key=lambda item: (types.index(item[0]), item[1] or 0)):
        _WRITERS[family[0]](found, family[1])


_WRITERS: Final[dict[str, Callable[[Scorers, float | None], None]]] = {
    "equals": lambda found, _: found.add("exact_match", "exact_match"),
    "contains": lambda found, _: found.add("contains", "contains"),
    "contains-any": lambda found, _: found.add("contains", "contains"),
    "icontains": lambda found, _: found.add("contains", "contains", ignore_case=True),
    "icontains-any": lambda found, _: found.add("contains", "contains", ignore_case=True),
    "similar": lambda found, least: found.add("semantic_similarity", "semantic_similarity", min=least),
    "rouge-n": lambda found, least: found.add("rouge_1", "rouge_1", min=least),
    "bleu": lambda found, least: found.add("bleu", "bleu", min=least),
    "regex": lambda found, _: found.add("regex", "regex"),
    "is-json": lambda found, _: found.add("json_schema", "json_schema"),
}


def _family(one: Assertion) -> tuple[str, float | None]:
    least = _LEAST.get(one.type)
    return one.type, least if one.threshold is None or least is None else one.threshold


def _same(one: Assertion, other: Assertion) -> bool:
    return (one.type, one.threshold) == (other.type, other.threshold) and one.value == other.value


def _is_text(value: Json) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and bool(value) and all(isinstance(v, str) for v in value)
    )


def _schema(value: Json) -> Json:
    return value if isinstance(value, dict) else True


def _no_re2(pattern: Json) -> str:
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(str(pattern), options)
    except re2.error:
        return f"the pattern {str(pattern)[:60]!r} is none of RE2"
    return ""


def _note(conversion: Conversion, one: Assertion, problem: str) -> None:
    conversion.note_line(one.file, one.line, f"the assertion `{one.type}` was left out: {problem}")
