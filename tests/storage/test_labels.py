"""Labels of people and the samples drawn for them."""

from datetime import UTC, datetime, timedelta

import pytest

from llmops.core.errors import Conflict
from llmops.core.hashing import Json
from llmops.domain.calibration import Label, LabelSample
from llmops.domain.run import Run
from llmops.storage.store import Store

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def run(store: Store) -> str:
    store.runs.start(Run(id="run-1", name="docs", started_at=NOW))
    return "run-1"


def label(case: str = "a", value: float = 1.0, **fields: Json) -> Label:
    known = {"run_id": "run-1", "scorer": "tone", "identity": "sha256:1", "case_id": case, "value": value, "at": NOW}
    return Label.model_validate({**known, **fields})


def test_labels_come_back_in_order(store: Store, run: str) -> None:
    given = [label("b"), label("a", 0.0, who="eve"), label("a", who="ada"), label("a", scorer="other")]
    assert store.labels.add(given) == 4
    assert store.labels.of_run(run) == [given[3], given[2], given[1], given[0]]
    assert store.labels.of_run(run, "tone") == [given[2], given[1], given[0]]


def test_the_same_label_again_is_nothing(store: Store, run: str) -> None:
    assert store.labels.add([label()]) == 1
    assert store.labels.add([label(at=NOW + timedelta(days=1)), label("b")]) == 1
    assert store.labels.of_run(run)[0].at == NOW


def test_another_opinion_of_one_person_is_refused_unless_it_replaces(store: Store, run: str) -> None:
    store.labels.add([label(who="ada")])
    with pytest.raises(Conflict, match=r"ada said 1 about case 'a' \(repeat 0\) before, now 0\n.*--replace"):
        store.labels.add([label("c"), label(who="ada", value=0.0)])
    assert len(store.labels.of_run(run)) == 1
    assert store.labels.add([label(who="ada", value=0.0)], replace=True) == 1
    assert store.labels.of_run(run)[0].value == 0.0


def test_the_pool_is_set_by_the_first_drawing(store: Store, run: str) -> None:
    assert store.labels.drawn(run) is None
    first = LabelSample(run_id=run, size=50, pool=400, at=NOW)
    assert store.labels.draw(first) == first
    later = store.labels.draw(LabelSample(run_id=run, size=90, pool=800, at=NOW + timedelta(hours=1)))
    assert later.pool == 400
    assert store.labels.drawn(run) == later


def test_labels_go_with_their_run(store: Store, run: str) -> None:
    store.labels.add([label()])
    store.labels.draw(LabelSample(run_id=run, size=1, pool=1, at=NOW))
    store.runs.remove(run)
    assert store.labels.of_run(run) == []
    assert store.labels.drawn(run) is None
