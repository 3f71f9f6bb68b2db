"""Trains classifiers of attacks, and says how sure they are of texts that they were not trained on.

What is counted are single words and pairs, and groups of three to five letters, of the folded text, hashed to 2 × 65,536 numbers
and weighted by how rare they are (TF-IDF); a logistic regression decides. Its decisions on texts that it was not trained on
are turned into probabilities (Platt 1999), and since that is one more line, its slope and offset are multiplied into the weights:
what is kept is one pipeline of plain parts, without the texts and without their words.

Texts that belong together (one source, one conversation) are never on both sides of a split: see `Example.group`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from llmops.core.errors import InputError
from llmops.guard.normalise.folding import fold
from llmops.guard.trained.files import Classifier, require_libraries

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from sklearn.feature_extraction.text import TfidfTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import FeatureUnion

    Places = NDArray[np.intp]

FOLDS: Final = 5
CALIBRATION_FOLDS: Final = 3
LEAST: Final = 10
"""Texts of each kind from which on training makes any sense."""

_HASHED: Final = 2**16
_WORD_OR_MARK: Final = r"\w+|[^\w\s]"
_STRENGTH: Final = 4.0
_LEAST_SLOPE: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Example:
    """A text with what is right of it; those of one `group` stay together."""

    text: str
    is_bad: bool
    group: str


def train(examples: Sequence[Example], *, seed: int = 0) -> Classifier:
    """Train a classifier on all examples.

    Raises:
        InputError: there are too few of a kind, or too few groups to split them.
        ExtraMissing: scikit-learn or skops is not installed.
    """
    return _Trainer(examples, seed).classifier()


def held_out(examples: Sequence[Example], *, seed: int = 0) -> list[float]:
    """How likely each example is bad, by a classifier that saw no example of its group.

    Raises:
        InputError: there are too few of a kind, or too few groups to split them.
        ExtraMissing: scikit-learn or skops is not installed.
    """
    return _Trainer(examples, seed).held_out()


def likelihood(classifier: Classifier, texts: Sequence[str]) -> list[float]:
    """How likely texts are bad; they are folded first, as the classifier's own were."""
    return [row[-1] for row in classifier.predict_proba([fold(text) for text in texts]).tolist()]


class _Trainer:
    """Examples as numbers: what is counted of a text does not depend on the others, so it is counted once."""

    def __init__(self, examples: Sequence[Example], seed: int) -> None:
        require_libraries()
        import numpy as np

        groups = _joined(examples)
        _check(examples, groups)
        self._seed = seed
        self._bad = np.array([example.is_bad for example in examples])
        self._groups = np.array([list(dict.fromkeys(groups)).index(group) for group in groups])
        self._counter = _counter()
        self._all = self._counter.transform([fold(example.text) for example in examples])
        self._seen = np.unique(self._all.indices)  # most of the numbers are nobody's
        self._counts = self._all[:, self._seen]

    def classifier(self) -> Classifier:
        import numpy as np
        from sklearn.feature_extraction.text import TfidfTransformer
        from sklearn.pipeline import Pipeline

        _, regression = self._fit(self._everything())
        weights = TfidfTransformer(sublinear_tf=True).fit(self._all)
        counted = np.zeros((1, self._all.shape[1]), np.float32)
        counted[0, self._seen] = regression.coef_[0]
        regression.coef_, regression.n_features_in_ = counted, counted.shape[1]
        return cast(Classifier, Pipeline([("counts", self._counter), ("weights", weights), ("decision", regression)]))

    def held_out(self) -> list[float]:
        import numpy as np

        sure = np.zeros(len(self._bad))
        for kept, others in self._splits(self._everything(), FOLDS):
            weights, regression = self._fit(kept)
            sure[others] = regression.predict_proba(weights.transform(self._counts[others]))[:, 1]
        return [float(value) for value in sure]

    def _everything(self) -> "Places":
        import numpy as np

        return np.arange(len(self._bad))

    def _fit(self, places: "Places") -> "tuple[TfidfTransformer, LogisticRegression]":
        """Weights and a regression that gives probabilities, from the examples at some places."""
        import numpy as np
        from sklearn.linear_model import LogisticRegression

        decided = np.zeros(len(self._bad))
        for kept, others in self._splits(places, CALIBRATION_FOLDS):
            weights, regression = self._decide(kept)
            decided[others] = regression.decision_function(weights.transform(self._counts[others]))
        line = LogisticRegression(C=1e6).fit(decided[places].reshape(-1, 1), self._bad[places])
        slope, offset = max(float(line.coef_[0, 0]), _LEAST_SLOPE), float(line.intercept_[0])
        weights, regression = self._decide(places)
        regression.coef_ = (regression.coef_ * slope).astype(np.float32)
        regression.intercept_ = (regression.intercept_ * slope + offset).astype(np.float32)
        return weights, regression

    def _decide(self, places: "Places") -> "tuple[TfidfTransformer, LogisticRegression]":
        from sklearn.feature_extraction.text import TfidfTransformer
        from sklearn.linear_model import LogisticRegression

        weights = TfidfTransformer(sublinear_tf=True).fit(self._counts[places])
        regression = LogisticRegression(C=_STRENGTH, class_weight="balanced", solver="liblinear", random_state=0)
        return weights, regression.fit(weights.transform(self._counts[places]), self._bad[places])

    def _splits(self, places: "Places", most: int) -> "Iterator[tuple[Places, Places]]":
        """Some places, and the others, such that no group is on both sides."""
        from sklearn.model_selection import StratifiedGroupKFold

        bad, groups = self._bad[places], self._groups[places]
        folds = min(most, len(set(groups[bad])), len(set(groups[~bad])))
        if folds < 2:
            return
        made = StratifiedGroupKFold(folds, shuffle=True, random_state=self._seed)
        for kept, others in made.split(places, bad, groups):
            if len(set(bad[kept])) == 2:
                yield places[kept], places[others]


def _counter() -> "FeatureUnion":
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.pipeline import FeatureUnion

    plain = {"n_features": _HASHED, "alternate_sign": False, "norm": None, "lowercase": False}
    words = HashingVectorizer(analyzer="word", ngram_range=(1, 2), token_pattern=_WORD_OR_MARK, **plain)
    letters = HashingVectorizer(analyzer="char_wb", ngram_range=(3, 5), **plain)
    return FeatureUnion([("words", words), ("letters", letters)])


def _joined(examples: Sequence[Example]) -> list[str]:
    """The groups of examples, where the same text stands in two the same for both."""
    first: dict[str, str] = {}
    leads_to: dict[str, str] = {}

    def root(group: str) -> str:
        while group in leads_to:
            group = leads_to[group]
        return group

    for example in examples:
        known = root(first.setdefault(fold(example.text), example.group))
        if known != (mine := root(example.group)):
            leads_to[mine] = known
    return [root(example.group) for example in examples]


def _check(examples: Sequence[Example], groups: Sequence[str]) -> None:
    for is_bad, name in ((True, "bad"), (False, "benign")):
        count = sum(example.is_bad == is_bad for example in examples)
        if count < LEAST:
            raise InputError(f"there are {count} {name} texts; at least {LEAST} are needed", hint="Label more texts.")
        kinds = {group for example, group in zip(examples, groups, strict=True) if example.is_bad == is_bad}
        if len(kinds) < 2:
            raise InputError(
                f"all {count} {name} texts are of one group, so none could be held out",
                hint="Name another key of metadata: --split KEY, or none.",
            )
