"""Scorers of overlap between the output and acceptable answers; where there are several, the nearest counts.

One rule for blank outputs, on which the libraries differ: as good as can be if a blank answer is acceptable, else as bad as
nothing in common.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from llmops.core.extras import require
from llmops.core.hashing import Json
from llmops.domain.evaluation import Score
from llmops.domain.ports import Sample
from llmops.evals.scorers.definition import Definition
from llmops.evals.scorers.expectations import accepted_texts
from llmops.measures import overlap
from llmops.text.sentences import sentences

Measure: TypeAlias = Callable[[str, tuple[str, ...]], float]


@dataclass(frozen=True)
class Levenshtein(Definition):
    """Measure how few characters must change to turn the output into an acceptable answer.

    Definition: 1 - d / length of the longer text, d the smallest number of insertions, deletions and substitutions of
    characters; the highest over `expectations.answer` where it is a list.
    Range: 0 to 1; higher is better. Empty input: a blank output scores 1 if an answer is blank, else 0; no
    `expectations.answer`: not applicable.
    Source: Levenshtein (1966), as rapidfuzz computes it (`normalized_similarity`).
    """

    name = "levenshtein"

    def score(self, sample: Sample) -> Score:
        """Compare the output with `expectations.answer`."""
        return _against_answers(sample, lambda text, answers: max(overlap.levenshtein(text, a) for a in answers))


@dataclass(frozen=True)
class TokenF1(Definition):
    """Measure how many words the output shares with an acceptable answer.

    Definition: the harmonic mean of precision and recall over words, each counted as often as it occurs in both, after
    lower-casing and dropping ASCII punctuation and the articles a, an, the; the highest over `expectations.answer` where
    it is a list.
    Range: 0 to 1; higher is better. Empty input: a blank output scores 1 if an answer is blank, else 0; where output or
    answer has no words left, 1 if neither has any, else 0; no `expectations.answer`: not applicable.
    Source: SQuAD (Rajpurkar et al. 2016, arXiv:1606.05250) and its evaluation script 2.0.
    """

    name = "token_f1"

    def score(self, sample: Sample) -> Score:
        """Compare the output with `expectations.answer`."""
        return _against_answers(sample, lambda text, answers: max(overlap.token_f1(text, a) for a in answers))


@dataclass(frozen=True)
class Rouge1(Definition):
    """Measure how many words output and an acceptable answer share.

    Definition: the F1 of shared words, each counted as often as it occurs in both, without stemming; the highest over
    `expectations.answer` where it is a list. Words are runs of a-z and 0-9 after lower-casing.
    Range: 0 to 1; higher is better. Empty input: a blank output scores 1 if an answer is blank, else 0; missing where an
    answer has no word in a-z and 0-9, as in other scripts; no `expectations.answer`: not applicable.
    Source: Lin (2004, W04-1013), as the library rouge-score computes it (`rouge1`, fmeasure).
    """

    name = "rouge_1"

    def __post_init__(self) -> None:
        require("rouge_score", "scorers", needed_for="rouge_1")

    def score(self, sample: Sample) -> Score:
        """Compare the output with `expectations.answer`."""
        return _rouge("rouge1", sample)

    def dependencies(self) -> dict[str, Json]:
        """Return the version of rouge-score."""
        return {"library": overlap.rouge_signature()}


@dataclass(frozen=True)
class Rouge2(Definition):
    """Measure how many pairs of neighbouring words output and an acceptable answer share.

    Definition: the F1 of shared pairs of neighbouring words, each counted as often as it occurs in both, without stemming;
    the highest over `expectations.answer` where it is a list. A text of one word has no pair and shares none.
    Range: 0 to 1; higher is better. Empty input: a blank output scores 1 if an answer is blank, else 0; missing where an
    answer has no word in a-z and 0-9, as in other scripts; no `expectations.answer`: not applicable.
    Source: Lin (2004, W04-1013), as the library rouge-score computes it (`rouge2`, fmeasure).
    """

    name = "rouge_2"

    def __post_init__(self) -> None:
        require("rouge_score", "scorers", needed_for="rouge_2")

    def score(self, sample: Sample) -> Score:
        """Compare the output with `expectations.answer`."""
        return _rouge("rouge2", sample)

    def dependencies(self) -> dict[str, Json]:
        """Return the version of rouge-score."""
        return {"library": overlap.rouge_signature()}


@dataclass(frozen=True)
class RougeL(Definition):
    """Measure the longest sequence of words that output and an acceptable answer share in order.

    Definition: ROUGE-L's F1 over the longest common subsequence of words, without stemming; the highest over
    `expectations.answer` where it is a list. Words are runs of a-z and 0-9 after lower-casing.
    Range: 0 to 1; higher is better. Empty input: a blank output scores 1 if an answer is blank, else 0; missing where an
    answer has no word in a-z and 0-9, as in other scripts; no `expectations.answer`: not applicable.
    Source: Lin (2004, W04-1013), as the library rouge-score computes it (`rougeL`, fmeasure).
    """

    name = "rouge_l"

    def __post_init__(self) -> None:
        require("rouge_score", "scorers", needed_for="rouge_l")

    def score(self, sample: Sample) -> Score:
        """Compare the output with `expectations.answer`."""
        return _rouge("rougeL", sample)

    def dependencies(self) -> dict[str, Json]:
        """Return the version of rouge-score."""
        return {"library": overlap.rouge_signature()}


@dataclass(frozen=True)
class RougeLsum(Definition):
    """Measure the sequences of words that output and an acceptable answer share, sentence by sentence.

    Definition: ROUGE-L's F1 of summaries: for each sentence of the answer the union of its longest common subsequences with
    the output's sentences, without stemming; the highest over `expectations.answer` where it is a list. Sentences are lines;
    `split: sentences` also splits lines into sentences.
    Range: 0 to 1; higher is better. Empty input: a blank output scores 1 if an answer is blank, else 0; missing where an
    answer has no word in a-z and 0-9, as in other scripts; no `expectations.answer`: not applicable.
    Source: Lin (2004, W04-1013, section 3.2), as the library rouge-score computes it (`rougeLsum`, fmeasure).
    """

    split: Literal["lines", "sentences"] = "lines"
    name = "rouge_lsum"

    def __post_init__(self) -> None:
        require("rouge_score", "scorers", needed_for="rouge_lsum")

    def score(self, sample: Sample) -> Score:
        """Compare the output with `expectations.answer`."""
        return _rouge("rougeLsum", sample, sentences_apart if self.split == "sentences" else str)

    def dependencies(self) -> dict[str, Json]:
        """Return the version of rouge-score."""
        return {"library": overlap.rouge_signature()}


@dataclass(frozen=True)
class Bleu(Definition):
    """Measure how many word sequences of the output occur in the acceptable answers.

    Definition: sentence BLEU with up to 4-grams, effective order and exponential smoothing, sacrebleu's number divided by
    100; all texts of `expectations.answer` are references together. `tokenize` is sacrebleu's: `13a`, `intl`, `char`,
    `zh` or `none`. The mean over cases is not corpus BLEU.
    Range: 0 to 1; higher is better. Empty input: a blank output scores 1 if an answer is blank, else 0; no
    `expectations.answer`: not applicable.
    Source: Papineni et al. (2002, P02-1040); Post (2018, W18-6319), sacrebleu, whose signature is part of the identity.
    """

    tokenize: Literal["13a", "intl", "char", "zh", "none"] = "13a"
    name = "bleu"

    def __post_init__(self) -> None:
        require("sacrebleu", "scorers", needed_for="bleu")

    def score(self, sample: Sample) -> Score:
        """Compare the output with `expectations.answer`."""
        return _against_answers(sample, lambda text, answers: overlap.bleu(text, answers, tokenize=self.tokenize))

    def dependencies(self) -> dict[str, Json]:
        """Return sacrebleu's signature."""
        return {"library": overlap.bleu_signature(self.tokenize)}


@dataclass(frozen=True)
class Chrf(Definition):
    """Measure how many character sequences the output shares with an acceptable answer.

    Definition: sentence chrF, the F2 (recall counts twice) of character 1- to 6-grams without white space, sacrebleu's
    number divided by 100; `word_order: 2` adds word 1- and 2-grams (chrF++). The nearest text of `expectations.answer`
    counts.
    Range: 0 to 1; higher is better. Empty input: a blank output scores 1 if an answer is blank, else 0; no
    `expectations.answer`: not applicable.
    Source: Popović (2015, W15-3049; 2017, W17-4770), as sacrebleu computes it; its signature is part of the identity.
    """

    word_order: Literal[0, 1, 2] = 0
    name = "chrf"

    def __post_init__(self) -> None:
        require("sacrebleu", "scorers", needed_for="chrf")

    def score(self, sample: Sample) -> Score:
        """Compare the output with `expectations.answer`."""
        return _against_answers(sample, lambda text, answers: overlap.chrf(text, answers, word_order=self.word_order))

    def dependencies(self) -> dict[str, Json]:
        """Return sacrebleu's signature."""
        return {"library": overlap.chrf_signature(self.word_order)}


@dataclass(frozen=True)
class Ter(Definition):
    """Measure how many words must be edited to turn the output into an acceptable answer.

    Definition: the translation edit rate: the smallest number of words inserted, deleted, substituted, or moved together as
    a phrase, divided by the answer's words; sacrebleu's number divided by 100. The nearest text of `expectations.answer`
    counts, and the length is their mean.
    Range: 0 and up (above 1 where more is to edit than the answer has words); lower is better. Empty input: a blank output
    scores 0 if an answer is blank, else 1; a blank answer for an output that is none: missing; no `expectations.answer`:
    not applicable.
    Source: Snover et al. (2006, 2006.amta-papers.25), as sacrebleu computes it; its signature is part of the identity.
    """

    name = "ter"
    direction = "lower"
    range = None

    def __post_init__(self) -> None:
        require("sacrebleu", "scorers", needed_for="ter")

    def score(self, sample: Sample) -> Score:
        """Compare the output with `expectations.answer`."""
        answers = accepted_texts(sample.expectations, "answer")
        if not answers:
            return Score.not_applicable("no expectations.answer")
        if not sample.output.strip():
            return Score(value=float(all(answer.strip() for answer in answers)), reason="the output is empty")
        written = [answer for answer in answers if answer.strip()]
        if not written:
            return Score.missing("the rate is edits a word of the answer, and the answer has none")
        return Score(value=overlap.ter(sample.output, written))

    def dependencies(self) -> dict[str, Json]:
        """Return sacrebleu's signature."""
        return {"library": overlap.ter_signature()}


def sentences_apart(text: str) -> str:
    """The text with each of its sentences on a line of its own."""
    return "\n".join(sentence.strip() for sentence in sentences(text))


def _rouge(kind: overlap.RougeKind, sample: Sample, prepare: Callable[[str], str] = str) -> Score:
    """One kind of ROUGE, which is missing where an answer has no words that it reads."""
    unreadable = [a for a in accepted_texts(sample.expectations, "answer") if a.strip() and not _has_rouge_words(a)]
    if unreadable:
        return Score.missing(f"ROUGE reads only words in a-z and 0-9, and {unreadable[0][:40]!r} has none")

    def nearest(text: str, answers: tuple[str, ...]) -> float:
        return max(overlap.rouge(kind, prepare(text), prepare(answer)) for answer in answers)

    return _against_answers(sample, nearest)


def _against_answers(sample: Sample, measure: Measure) -> Score:
    """The measure of the output and the acceptable answers, if there are any."""
    answers = accepted_texts(sample.expectations, "answer")
    if not answers:
        return Score.not_applicable("no expectations.answer")
    if not sample.output.strip():
        return Score(value=float(any(not answer.strip() for answer in answers)), reason="the output is empty")
    return Score(value=min(1.0, max(0.0, measure(sample.output, answers))))


def _has_rouge_words(text: str) -> bool:
    return any(c in "abcdefghijklmnopqrstuvwxyz0123456789" for c in text.lower())
