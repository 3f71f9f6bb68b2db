"""Scorers of retrieval: the contexts in rank order against `expectations.relevant`, equal to trec_eval's numbers.

A context is relevant by its id or by its metadata `key` (the document it comes from). Several contexts of one relevant
document count once, at the best rank; the others keep their ranks and gain nothing.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias

from pydantic import Field

from llmops.domain.corpus import Context
from llmops.domain.evaluation import Score
from llmops.domain.ports import Sample
from llmops.evals.scorers.definition import Definition
from llmops.evals.scorers.expectations import accepted_texts, relevant_grades
from llmops.measures import ranking

Places: TypeAlias = Annotated[int, Field(ge=1)]
Measure: TypeAlias = Callable[[Sequence[str], Mapping[str, float]], float]

_WORD: Final = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class HitRate(Definition):
    """Tell whether anything relevant was retrieved.

    Definition: 1 if one of the first `k` contexts is relevant, else 0.
    Range: 0 or 1; higher is better. Empty input: no contexts: 0; no `expectations.relevant`, or none with a grade above
    0: not applicable.
    Source: trec_eval `success_k`.
    """

    k: Places = 5
    name = "hit_rate"
    reads_output = False

    def score(self, sample: Sample) -> Score:
        """Compare the contexts with `expectations.relevant`."""
        score = _against_relevant(sample, lambda ranked, grades: ranking.hit_rate(ranked, grades, self.k))
        return score.model_copy(update={"passed": score.value == 1.0}) if score.status == "scored" else score


@dataclass(frozen=True)
class RecallAtK(Definition):
    """Measure how much of what is relevant was retrieved.

    Definition: the share of all relevant ids that are among the first `k` contexts.
    Range: 0 to 1; higher is better. Empty input: no contexts: 0; no `expectations.relevant`, or none with a grade above
    0: not applicable.
    Source: trec_eval `recall_k`.
    """

    k: Places = 5
    name = "recall_at_k"
    reads_output = False

    def score(self, sample: Sample) -> Score:
        """Compare the contexts with `expectations.relevant`."""
        return _against_relevant(sample, lambda ranked, grades: ranking.recall_at_k(ranked, grades, self.k))


@dataclass(frozen=True)
class PrecisionAtK(Definition):
    """Measure how much of what was retrieved is relevant.

    Definition: the number of relevant documents among the first `k` contexts, divided by `k` even where there are fewer
    contexts.
    Range: 0 to 1; higher is better. Empty input: no contexts: 0; no `expectations.relevant`, or none with a grade above
    0: not applicable.
    Source: trec_eval `P_k`.
    """

    k: Places = 5
    name = "precision_at_k"
    reads_output = False

    def score(self, sample: Sample) -> Score:
        """Compare the contexts with `expectations.relevant`."""
        return _against_relevant(sample, lambda ranked, grades: ranking.precision_at_k(ranked, grades, self.k))


@dataclass(frozen=True)
class Mrr(Definition):
    """Measure how early the first relevant context comes.

    Definition: 1 / rank of the first relevant context, among the first `k` where it is given, else among all; 0 if none
    is relevant. The mean over cases is the mean reciprocal rank.
    Range: 0 to 1; higher is better. Empty input: no contexts: 0; no `expectations.relevant`, or none with a grade above
    0: not applicable.
    Source: trec_eval `recip_rank`.
    """

    k: Places | None = None
    name = "mrr"
    reads_output = False

    def score(self, sample: Sample) -> Score:
        """Compare the contexts with `expectations.relevant`."""
        return _against_relevant(sample, lambda ranked, grades: ranking.reciprocal_rank(ranked, grades, self.k))


@dataclass(frozen=True)
class MeanAveragePrecision(Definition):
    """Measure how early all relevant contexts come.

    Definition: average precision: the mean, over all relevant ids, of the precision at each one's rank, 0 for those that are
    not among the first `k` where it is given, else not among all. The mean over cases is the mean average precision.
    Range: 0 to 1; higher is better. Empty input: no contexts: 0; no `expectations.relevant`, or none with a grade above
    0: not applicable.
    Source: trec_eval `map`, and `map_cut_k` with a `k`.
    """

    k: Places | None = None
    name = "map"
    reads_output = False

    def score(self, sample: Sample) -> Score:
        """Compare the contexts with `expectations.relevant`."""
        return _against_relevant(sample, lambda ranked, grades: ranking.average_precision(ranked, grades, self.k))


@dataclass(frozen=True)
class Ndcg(Definition):
    """Measure how well the contexts are ordered by relevance.

    Definition: the sum of grade / log2(rank + 1) over the first `k` contexts, divided by that of the best possible order
    of all relevant ids. Grades come from `expectations.relevant` as a map (id to grade); a list gives each grade 1.
    Range: 0 to 1; higher is better. Empty input: no contexts: 0; no `expectations.relevant`, or none with a grade above
    0: not applicable.
    Source: Järvelin & Kekäläinen (2002, doi:10.1145/582415.582418); trec_eval `ndcg_cut_k`, whose gain is linear.
    """

    k: Places = 10
    name = "ndcg"
    reads_output = False

    def score(self, sample: Sample) -> Score:
        """Compare the contexts with `expectations.relevant`."""
        return _against_relevant(sample, lambda ranked, grades: ranking.ndcg(ranked, grades, self.k))


@dataclass(frozen=True)
class ContextOverlap(Definition):
    """Measure how much of the expected texts was retrieved, where there are no ids.

    Definition: for each text of `expectations.contexts` the highest share of its words, each counted as often as it occurs,
    that one of the first `k` contexts has; the mean over the texts. Words are runs of letters and digits, lower-cased. With
    `together` the words of all those contexts count, for passages that chunking has cut in two.
    Range: 0 to 1; higher is better. Empty input: no contexts: 0; no `expectations.contexts`, or none with a word: not
    applicable.
    Source: word recall of a passage, as in token-wise evaluations of chunking (Smith & Troynikov 2024).
    """

    k: Places = 5
    together: bool = False
    name = "context_overlap"
    reads_output = False

    def score(self, sample: Sample) -> Score:
        """Compare the contexts with `expectations.contexts`."""
        wanted = [words for text in accepted_texts(sample.expectations, "contexts") if (words := _words(text))]
        if not wanted:
            return Score.not_applicable("no expectations.contexts")
        found = [_words(context.text) for context in sample.contexts[: self.k]]
        if self.together:
            found = [sum(found, Counter())]
        shares = [max(((words & other).total() / words.total() for other in found), default=0.0) for words in wanted]
        return Score(value=sum(shares) / len(shares))


def _words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text.lower()))


def _against_relevant(sample: Sample, measure: Measure) -> Score:
    """The measure of the contexts, if anything is relevant, with the ranks of what was found as the reason."""
    grades = relevant_grades(sample.expectations)
    if not any(grade > 0 for grade in grades.values()):
        return Score.not_applicable("no expectations.relevant")
    ranked = _named_as_expected(sample.contexts, grades)
    found = [str(rank) for rank, gain in enumerate(ranking.gains(ranked, grades), start=1) if gain > 0]
    where = f"relevant at rank {', '.join(found)}" if found else "nothing relevant"
    return Score(value=measure(ranked, grades), reason=f"{where} of {len(ranked)}")


def _named_as_expected(contexts: Sequence[Context], grades: Mapping[str, float]) -> list[str]:
    """Each context by its id, or by its document's key where that is what is expected."""
    names = []
    for context in contexts:
        key = str(context.metadata.get("key", ""))
        names.append(key if context.id not in grades and key in grades else context.id)
    return names


RETRIEVAL: Final = (HitRate, RecallAtK, PrecisionAtK, Mrr, MeanAveragePrecision, Ndcg, ContextOverlap)
"""Scorers that look at contexts alone."""
