"""Ranking measures over ids, as trec_eval defines them (https://github.com/usnistgov/trec_eval).

`ranked` holds ids, best first; `relevant` their grades, of which those above 0 count as relevant. An id that comes twice
counts at its best rank only; the later places stay taken, so that a rank is a place in what was handed to the model.
"""

import math
from collections.abc import Mapping, Sequence


def hit_rate(ranked: Sequence[str], relevant: Mapping[str, float], k: int | None = None) -> float:
    """Return 1 if anything relevant is among the first k, else 0 (trec `success_k`)."""
    return 1.0 if any(gain > 0 for gain in gains(ranked, relevant, k)) else 0.0


def precision_at_k(ranked: Sequence[str], relevant: Mapping[str, float], k: int) -> float:
    """Return the relevant ones among the first k, divided by k even where fewer were found (trec `P_k`)."""
    return sum(gain > 0 for gain in gains(ranked, relevant, k)) / k


def recall_at_k(ranked: Sequence[str], relevant: Mapping[str, float], k: int) -> float:
    """Return the share of all relevant ids that are among the first k (trec `recall_k`); there must be a relevant one."""
    return sum(gain > 0 for gain in gains(ranked, relevant, k)) / sum(grade > 0 for grade in relevant.values())


def reciprocal_rank(ranked: Sequence[str], relevant: Mapping[str, float], k: int | None = None) -> float:
    """Return 1 / rank of the first relevant id among the first k, 0 if there is none (trec `recip_rank`)."""
    for rank, gain in enumerate(gains(ranked, relevant, k), start=1):
        if gain > 0:
            return 1 / rank
    return 0.0


def average_precision(ranked: Sequence[str], relevant: Mapping[str, float], k: int | None = None) -> float:
    """Return the mean, over all relevant ids, of the precision at each one's rank, 0 for those not among the first k (trec
    `map`, `map_cut_k`). There must be a relevant id."""
    hits = [rank for rank, gain in enumerate(gains(ranked, relevant, k), start=1) if gain > 0]
    total = math.fsum(found / rank for found, rank in enumerate(hits, start=1))
    return total / sum(grade > 0 for grade in relevant.values())


def ndcg(ranked: Sequence[str], relevant: Mapping[str, float], k: int | None = None) -> float:
    """Return the discounted gain of the first k over that of the best possible order (trec `ndcg`, `ndcg_cut_k`).

    The gain is the grade itself, the discount log2(rank + 1), the best order takes all relevant ids whether they were
    found or not (Järvelin & Kekäläinen 2002, doi:10.1145/582415.582418). There must be a relevant id.
    """
    best = sorted((grade for grade in relevant.values() if grade > 0), reverse=True)[:k]
    return _discounted(gains(ranked, relevant, k)) / _discounted(best)


def gains(ranked: Sequence[str], relevant: Mapping[str, float], k: int | None = None) -> list[float]:
    """Return the grade at each of the first k places; 0 for what is not relevant or came before."""
    seen: set[str] = set()
    found = []
    for item in ranked[:k]:
        found.append(0.0 if item in seen else max(0.0, relevant.get(item, 0.0)))
        seen.add(item)
    return found


def _discounted(grades: Sequence[float]) -> float:
    return math.fsum(grade / math.log2(rank + 1) for rank, grade in enumerate(grades, start=1))
