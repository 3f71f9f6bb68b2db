"""Scorers of values: a number, a JSON value, a list, compared with the expected one by how near they are."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.evaluation import Score
from llmops.domain.ports import Sample
from llmops.evals.scorers.definition import Definition
from llmops.evals.scorers.json_text import parse_json_output
from llmops.measures.likeness import json_likeness, list_likeness, numeric_likeness
from llmops.measures.overlap import levenshtein

LONGEST_LIST: Final = 300  # items; pairing takes their cube

_NUMBER: Final = re.compile(r"[-+−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?|[-+−]?\.\d+")
_ITEM: Final = re.compile(r"^\s*(?:[-*•]\s+|\d+[.)]\s+)?(.*?)\s*$")


@dataclass(frozen=True)
class NumericDiff(Definition):
    """Measure how near the output's number is to an expected one.

    Definition: 1 - |a - b| / (|a| + |b|), 1 where both are 0; the highest over `expectations.answer` where it is a list.
    `find` says which number of the output counts: `whole` (the output is one number and nothing else), `first` or `last`;
    commas between groups of three digits are read over.
    Range: 0 to 1; higher is better. Empty input: an output without a number scores 0; no `expectations.answer`: not
    applicable.
    Source: NumericDiff of autoevals.
    """

    find: Literal["whole", "first", "last"] = "whole"
    name = "numeric_diff"

    def score(self, sample: Sample) -> Score:
        """Compare the output's number with `expectations.answer`."""
        answers = list(_expected_numbers(sample))
        if not answers:
            return Score.not_applicable("no expectations.answer")
        found = _number_in(sample.output, self.find)
        if found is None:
            return Score(value=0.0, reason="the output is no number" if self.find == "whole" else "no number")
        return Score(value=max(numeric_likeness(found, answer) for answer in answers), reason=f"{found:.12g}")


@dataclass(frozen=True)
class JsonDiff(Definition):
    """Measure how alike the output's JSON and an expected value are.

    Definition: maps: the mean over all keys of either; lists: the sum over places, divided by the longer length; texts:
    `levenshtein`; numbers: `numeric_diff`; null only equals null; values of different types: `levenshtein` of their compact
    JSON. The expected value is `expectations.json`, or without it `expectations.answer`, where a text that is JSON is read
    as such.
    Range: 0 to 1; higher is better. Empty input: an output that is no JSON scores 0; nothing expected: not applicable.
    Source: JSONDiff of autoevals; its published table is a test.
    """

    name = "json_diff"

    def score(self, sample: Sample) -> Score:
        """Parse the output and compare it."""
        if "json" in sample.expectations:
            expected = sample.expectations["json"]
        elif sample.expectations.get("answer") is not None:
            expected = _read_if_json(sample.expectations["answer"])
        else:
            return Score.not_applicable("no expectations.json, and no expectations.answer")
        try:
            found = parse_json_output(sample.output)
        except ValueError as error:
            return Score(value=0.0, reason=f"no JSON: {error}")
        return Score(value=min(1.0, json_likeness(found, expected)))


@dataclass(frozen=True)
class ListMatch(Definition):
    """Measure how well the items of the output's list match the expected ones, in any order.

    Definition: the items of both lists are paired, each used once, so that the sum of their likenesses is as high as it can
    be; that sum divided by the longer length. `by` says what likeness is: `text` (1 - edit distance / longer length) or
    `exact`. The output's items are those of a JSON list, else its lines, without bullets and numbers, blank ones left out;
    with `separator` the parts between it. The expected items are the list `expectations.items`, or without it
    `expectations.answer`, all of it.
    Range: 0 to 1; higher is better. Empty input: 1 where both lists are empty, 0 where one is; no list expected: not
    applicable; a list of more than 300 items: missing.
    Source: ListContains of autoevals; the assignment by shortest augmenting paths (Kuhn 1955, Jonker & Volgenant 1987).
    """

    by: Literal["text", "exact"] = "text"
    separator: str = ""
    name = "list_match"

    def score(self, sample: Sample) -> Score:
        """Pair the output's items with the expected ones."""
        key = "items" if "items" in sample.expectations else "answer"
        expected = sample.expectations.get(key)
        if expected is None:
            return Score.not_applicable("no expectations.items, and no expectations.answer")
        if not isinstance(expected, (list, tuple)):
            raise InputError(
                f"expectations.{key} is {expected!r}, which is no list", hint=f"Write {key}: [first, second]."
            )
        found, wanted = self._items(sample.output), [_as_text(item) for item in expected]
        if max(len(found), len(wanted)) > LONGEST_LIST:
            return Score.missing(f"a list of {max(len(found), len(wanted))} items; at most {LONGEST_LIST} are paired")
        likeness = levenshtein if self.by == "text" else lambda a, b: float(a == b)
        value = min(1.0, list_likeness(found, wanted, likeness))
        return Score(value=value, reason=f"{len(found)} items, {len(wanted)} expected")

    def _items(self, output: str) -> list[str]:
        if self.separator:
            return [part.strip() for part in output.split(self.separator) if part.strip()]
        try:
            found = parse_json_output(output)
        except ValueError:
            found = None
        if isinstance(found, list):
            return [_as_text(item) for item in found]
        lines = (_ITEM.match(line) for line in output.splitlines())
        return [line[1] for line in lines if line and line[1]]


def _number_in(text: str, find: str) -> float | None:
    found = [text.strip()] if find == "whole" else _NUMBER.findall(text)
    if not found or (find == "whole" and not _NUMBER.fullmatch(found[0])):
        return None
    value = float(found[0 if find == "first" else -1].replace(",", "").replace("−", "-"))
    return value if math.isfinite(value) else None


def _expected_numbers(sample: Sample) -> Iterator[float]:
    found = sample.expectations.get("answer")
    for answer in found if isinstance(found, (list, tuple)) else [] if found is None else [found]:
        number = None
        if isinstance(answer, str):
            number = _number_in(answer, "whole")
        elif isinstance(answer, (int, float)) and not isinstance(answer, bool) and math.isfinite(answer):
            number = float(answer)
        if number is None:
            raise InputError(f"expectations.answer has {answer!r}, which is no number", hint="Write answer: 12.5.")
        yield number


def _read_if_json(value: Json) -> Json:
    if not isinstance(value, str):
        return value
    try:
        return parse_json_output(value)
    except ValueError:
        return value


def _as_text(item: Json) -> str:
    return item if isinstance(item, str) else json.dumps(item, ensure_ascii=False, sort_keys=True)
