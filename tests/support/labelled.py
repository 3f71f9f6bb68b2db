"""Runs that people have labelled: a judge that is lenient, and people who are not."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime

from llmops.core.hashing import Json
from llmops.domain.calibration import Label, LabelSample
from llmops.domain.evaluation import CaseResult, Score
from llmops.evals.calibration import Evidence, Output, first_outputs, judge_of, order_outputs
from tests.support.eval_runs import result

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RUN = "run-1"


def judged_results(n: int, share: float, *, lenient: float = 0.3, seed: int = 1, **fields: Json) -> list[CaseResult]:
    """Answers of which a share is good, as the output says; the judge also likes a part of the others."""
    draw, found = random.Random(seed), []
    for i in range(n):
        good = draw.random() < share
        liked = good or draw.random() < lenient
        score = Score(value=float(liked), passed=liked)
        found.append(
            result(f"c{i:04}", score, output=("good" if good else "bad") + " x" * draw.randrange(20), **fields)
        )
    return found


def opinion(found: CaseResult) -> float:
    """What people say of an output."""
    return float((found.output or "").startswith("good"))


def label(found: CaseResult, value: float | None = None, **fields: Json) -> Label:
    """A label of an output."""
    known = {"run_id": RUN, "scorer": "contains", "identity": "sha256:1", "case_id": found.case_id, "at": AT}
    return Label.model_validate(
        {**known, "repeat": found.repeat, "value": opinion(found) if value is None else value, **fields}
    )


def evidence(
    results: Sequence[CaseResult], size: int, labels: Sequence[Label] | None = None, **fields: Json
) -> Evidence:
    """What is known after `size` outputs were drawn and labelled."""
    answered = [one for one in results if one.error is None]
    ordered = order_outputs(RUN, [Output(one.case_id, one.repeat, one.cluster) for one in answered])
    rank = {output.key: place for place, output in enumerate(ordered)}
    drawn = first_outputs(ordered, size)
    pool = first_outputs(ordered, max(len(drawn), len(ordered) // 2))
    keys = frozenset(output.key for output in drawn)
    if labels is None:
        labels = [label(one) for one in answered if (one.case_id, one.repeat) in keys]
    judged = [seen for one in answered if (seen := judge_of(one, "contains")) is not None]
    known = {
        "scorer": "contains",
        "identity": "sha256:1",
        "direction": "higher",
        "span": (0.0, 1.0),
        "judged": sorted(judged, key=lambda one: rank[one.output.key]),
        "labels": labels,
        "sample": LabelSample(run_id=RUN, size=len(drawn), pool=len(pool), at=AT) if size else None,
        "failed": len(results) - len(answered),
        "drawn": keys,
        "pool": frozenset(output.key for output in pool),
    }
    return Evidence(**{**known, **fields})
