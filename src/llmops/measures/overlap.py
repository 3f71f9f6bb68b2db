"""Overlap of a text with a reference: edit distance, shared words, ROUGE, BLEU, chrF, each from 0 to 1; and TER.

The measures themselves are rapidfuzz's, rouge-score's and sacrebleu's, so that numbers agree with published ones.
"""

import re
import string
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from sacrebleu.metrics import BLEU, CHRF, TER

RougeKind: TypeAlias = Literal["rouge1", "rouge2", "rougeL", "rougeLsum"]

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def levenshtein(text: str, reference: str) -> float:
    """Return 1 - edit distance / length of the longer text, in characters; 1 where both are empty."""
    from rapidfuzz.distance import Levenshtein

    return float(Levenshtein.normalized_similarity(text, reference))


def token_f1(text: str, reference: str) -> float:
    """Return the F1 of shared words, counted as often as they occur in both, after SQuAD's normalisation.

    Lower case, without punctuation and English articles (Rajpurkar et al. 2016, arXiv:1606.05250, and its evaluation
    script, version 2.0). Where either has no words left: 1 if both have none, else 0.
    """
    words, wanted = _squad_words(text), _squad_words(reference)
    if not words or not wanted:
        return float(words == wanted)
    shared = (Counter(words) & Counter(wanted)).total()
    return 2 * shared / (len(words) + len(wanted))


def _squad_words(text: str) -> list[str]:
    """Split a text into words as SQuAD's evaluation script does."""
    return _ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split()


def rouge(kind: RougeKind, text: str, reference: str) -> float:
    """Return ROUGE's F1 without stemming (Lin 2004, W04-1013; rouge-score).

    `rouge1` and `rouge2` count shared words and pairs of words, `rougeL` the longest common subsequence of words,
    `rougeLsum` the union of such subsequences over sentences, one a line. Words are runs of a-z and 0-9 after
    lower-casing: a text in another script has none, and scores 0.
    """
    from rouge_score.rouge_scorer import RougeScorer

    return float(RougeScorer([kind]).score(reference, text)[kind].fmeasure)


def rouge_signature() -> str:
    """Return what a ROUGE number depends on: the library's version."""
    return f"rouge-score {version('rouge-score')}"


def bleu(text: str, references: Sequence[str], *, tokenize: str = "13a") -> float:
    """Return sentence BLEU with effective order and exponential smoothing (Papineni et al. 2002; Post 2018, sacrebleu).

    Sacrebleu's number divided by 100. The mean over cases is not corpus BLEU.
    """
    return float(_bleu(tokenize).sentence_score(text, list(references)).score) / 100


def bleu_signature(tokenize: str = "13a") -> str:
    """Return what a BLEU number depends on, in sacrebleu's own notation, but for the number of references."""
    return _signature(_bleu(tokenize))


def chrf(text: str, references: Sequence[str], *, word_order: int = 0) -> float:
    """Return sentence chrF: F2 of character 6-grams, and with word_order 2 (chrF++) of words (Popović 2015, W15-3049).

    Sacrebleu's number divided by 100; the best reference counts.
    """
    return float(_chrf(word_order).sentence_score(text, list(references)).score) / 100


def chrf_signature(word_order: int = 0) -> str:
    """Return what a chrF number depends on, in sacrebleu's own notation, but for the number of references."""
    return _signature(_chrf(word_order))


def ter(text: str, references: Sequence[str]) -> float:
    """Return the translation edit rate (Snover et al. 2006, 2006.amta-papers.25; sacrebleu): edits and shifts of phrases a
    word of the reference, the lowest over the references; 0 where nothing is to edit, above 1 where much is."""
    return float(_ter().sentence_score(text, list(references)).score) / 100


def ter_signature() -> str:
    """Return what a TER depends on, in sacrebleu's own notation, but for the number of references."""
    return _signature(_ter())


@lru_cache(maxsize=8)
def _bleu(tokenize: str) -> "BLEU":
    from sacrebleu.metrics import BLEU

    return BLEU(tokenize=tokenize, effective_order=True)


@lru_cache(maxsize=8)
def _chrf(word_order: int) -> "CHRF":
    from sacrebleu.metrics import CHRF

    return CHRF(word_order=word_order)


@lru_cache(maxsize=1)
def _ter() -> "TER":
    from sacrebleu.metrics import TER

    return TER()


def _signature(metric: "BLEU | CHRF | TER") -> str:
    """Without `nrefs`, which is that of the last score; there must have been one."""
    metric.sentence_score("a", ["a"])
    return "|".join(part for part in str(metric.get_signature()).split("|") if not part.startswith("nrefs:"))
