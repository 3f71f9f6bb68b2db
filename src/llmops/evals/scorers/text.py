"""Scorers that compare the output with acceptable texts, and say yes (1) or no (0)."""

import unicodedata
from dataclasses import dataclass

from llmops.domain.evaluation import Score
from llmops.domain.ports import Sample
from llmops.evals.scorers.definition import Definition
from llmops.evals.scorers.expectations import accepted_texts


@dataclass(frozen=True)
class ExactMatch(Definition):
    """Tell whether the output equals an acceptable answer.

    Definition: 1 if the output equals `expectations.answer`, or any of them where it is a list, character by character,
    else 0. `ignore_case` compares case-folded texts; `ignore_whitespace` drops white space at the ends and counts runs of
    it as one space; `ignore_punctuation` drops characters of Unicode category P; `tolerance` accepts a number whose
    distance from an expected number is at most that (texts that are no numbers are still compared as texts).
    Range: 0 or 1; higher is better. Empty input: an empty output equals an empty answer; no `expectations.answer`, or an
    empty list: not applicable.
    Source: exact match of SQuAD (Rajpurkar et al. 2016, arXiv:1606.05250), its normalisation split into options.
    """

    ignore_case: bool = False
    ignore_whitespace: bool = False
    ignore_punctuation: bool = False
    tolerance: float | None = None
    name = "exact_match"

    def score(self, sample: Sample) -> Score:
        """Compare the output with `expectations.answer`."""
        answers = accepted_texts(sample.expectations, "answer")
        if not answers:
            return Score.not_applicable("no expectations.answer")
        output = self._normalise(sample.output)
        if any(output == self._normalise(answer) for answer in answers):
            return Score(value=1.0, passed=True)
        if self.tolerance is not None and any(self._is_near(sample.output, answer) for answer in answers):
            return Score(value=1.0, passed=True, reason=f"within {self.tolerance:g}")
        if any(_loosely(sample.output) == _loosely(answer) for answer in answers):
            return Score(value=0.0, passed=False, reason="differs only in case, white space or punctuation")
        return Score(value=0.0, passed=False)

    def _normalise(self, text: str) -> str:
        if self.ignore_case:
            text = text.casefold()
        if self.ignore_punctuation:
            text = _without_punctuation(text)
        return " ".join(text.split()) if self.ignore_whitespace else text

    def _is_near(self, output: str, answer: str) -> bool:
        try:
            return self.tolerance is not None and abs(float(output) - float(answer)) <= self.tolerance
        except ValueError:
            return False


@dataclass(frozen=True)
class Contains(Definition):
    """Tell whether the output contains an acceptable answer.

    Definition: 1 if `expectations.answer`, or any of them where it is a list, occurs in the output, else 0. `ignore_case`
    compares case-folded texts; `value` (a text or a list of texts) is looked for instead of `expectations.answer`.
    Range: 0 or 1; higher is better. Empty input: an empty output contains nothing and scores 0; no text to look for, or
    an empty one: not applicable.
    Source: the substring test, as promptfoo's `contains` and inspect's `includes` apply it.
    """

    value: str | list[str] | None = None
    ignore_case: bool = False
    name = "contains"

    def score(self, sample: Sample) -> Score:
        """Look for an acceptable text in the output."""
        wanted = _wanted(self.value, sample)
        if not wanted:
            return Score.not_applicable("no expectations.answer")
        found = _first_found(wanted, sample.output, self.ignore_case)
        if found is None:
            return Score(value=0.0, passed=False)
        return Score(value=1.0, passed=True, reason=f"contains {found!r}" if len(wanted) > 1 else "")


@dataclass(frozen=True)
class NotContains(Definition):
    """Tell whether the output is free of given texts.

    Definition: 1 if none of the texts occurs in the output, else 0. The texts are `value` (a text or a list of texts), or
    without it `expectations.answer`. `ignore_case` compares case-folded texts.
    Range: 0 or 1; higher is better. Empty input: an empty output scores 1; no text to look for, or an empty one: not
    applicable.
    Source: the negation of `contains`.
    """

    value: str | list[str] | None = None
    ignore_case: bool = False
    name = "not_contains"

    def score(self, sample: Sample) -> Score:
        """Look for each unwanted text in the output."""
        unwanted = _wanted(self.value, sample)
        if not unwanted:
            return Score.not_applicable("no value, and no expectations.answer")
        found = _first_found(unwanted, sample.output, self.ignore_case)
        if found is None:
            return Score(value=1.0, passed=True)
        return Score(value=0.0, passed=False, reason=f"contains {found!r}")


@dataclass(frozen=True)
class ContainsAll(Definition):
    """Tell whether the output contains every one of several texts.

    Definition: 1 if all texts occur in the output, else 0 with those that do not. The texts are `value` (a list of texts),
    or without it all of `expectations.answer`. `ignore_case` compares case-folded texts.
    Range: 0 or 1; higher is better. Empty input: an empty output contains nothing and scores 0; no text to look for: not
    applicable.
    Source: the substring test, as promptfoo's `contains-all` applies it.
    """

    value: list[str] | None = None
    ignore_case: bool = False
    name = "contains_all"

    def score(self, sample: Sample) -> Score:
        """Look for each of the texts in the output."""
        wanted = _wanted(self.value, sample)
        if not wanted:
            return Score.not_applicable("no value, and no expectations.answer")
        lacking = [text for text in wanted if _first_found((text,), sample.output, self.ignore_case) is None]
        if not lacking:
            return Score(value=1.0, passed=True)
        return Score(value=0.0, passed=False, reason=f"lacks {', '.join(map(repr, lacking))}"[:500])


@dataclass(frozen=True)
class ContainsAny(Definition):
    """Tell whether the output contains at least one of several texts.

    Definition: 1 if one of the texts occurs in the output, else 0. The texts are `value` (a list of texts), or without it
    those of `expectations.answer`. `ignore_case` compares case-folded texts.
    Range: 0 or 1; higher is better. Empty input: an empty output contains nothing and scores 0; no text to look for: not
    applicable.
    Source: the substring test, as promptfoo's `contains-any` applies it; `contains` with a list does the same.
    """

    value: list[str] | None = None
    ignore_case: bool = False
    name = "contains_any"

    def score(self, sample: Sample) -> Score:
        """Look for one of the texts in the output."""
        wanted = _wanted(self.value, sample)
        if not wanted:
            return Score.not_applicable("no value, and no expectations.answer")
        found = _first_found(wanted, sample.output, self.ignore_case)
        if found is None:
            return Score(value=0.0, passed=False)
        return Score(value=1.0, passed=True, reason=f"contains {found!r}")


@dataclass(frozen=True)
class StartsWith(Definition):
    """Tell whether the output begins with an acceptable text.

    Definition: 1 if the output, without white space before it, begins with one of the texts, else 0. The texts are `value`
    (a text or a list of texts), or without it `expectations.answer`. `ignore_case` compares case-folded texts.
    Range: 0 or 1; higher is better. Empty input: an empty output begins with nothing and scores 0; no text to look for, or
    an empty one: not applicable.
    Source: the prefix test, as promptfoo's `starts-with` applies it.
    """

    value: str | list[str] | None = None
    ignore_case: bool = False
    name = "starts_with"

    def score(self, sample: Sample) -> Score:
        """Look at the beginning of the output."""
        wanted = _wanted(self.value, sample)
        if not wanted:
            return Score.not_applicable("no value, and no expectations.answer")
        output = sample.output.lstrip()
        output = output.casefold() if self.ignore_case else output
        begins = output.startswith(tuple(text.casefold() if self.ignore_case else text for text in wanted))
        return Score(value=float(begins), passed=begins)


def _wanted(value: str | list[str] | None, sample: Sample) -> tuple[str, ...]:
    """The texts to look for; the empty text is in every output and says nothing."""
    texts = (
        accepted_texts(sample.expectations, "answer") if value is None else accepted_texts({"value": value}, "value")
    )
    return tuple(text for text in texts if text)


def _first_found(texts: tuple[str, ...], output: str, ignore_case: bool) -> str | None:
    if ignore_case:
        output = output.casefold()
    return next((text for text in texts if (text.casefold() if ignore_case else text) in output), None)


def _without_punctuation(text: str) -> str:
    return "".join(c for c in text if not unicodedata.category(c).startswith("P"))


def _loosely(text: str) -> str:
    return " ".join(_without_punctuation(text.casefold()).split())
