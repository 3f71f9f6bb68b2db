"""The index of the case browser."""

import json
from collections.abc import Sequence

from llmops.core.hashing import Json
from llmops.domain.evaluation import CaseResult
from llmops.evals.compare import compare_runs
from llmops.evals.reports.case_index import (
    CHANGED,
    DIFFERS,
    ERROR,
    FAILED,
    MISSING,
    UNSTEADY,
    CaseBrowser,
    Numbers,
    browse,
)
from llmops.evals.reports.dossier import Dossier
from llmops.evals.reports.sections.section import Material
from tests.support.eval_runs import baseline, dossier, loaded, observed, report, result


def browsed(found: Dossier, most: int = 1000) -> CaseBrowser:
    material = Material.of(found)
    return browse(found, Numbers(material.observed, material.before, material.compared), most=most)


def cases_of(rows: Sequence[CaseResult], before: Sequence[CaseResult] | None = None) -> Json:
    if before is None:
        return json.loads(browsed(dossier(rows)).index)["cases"]
    comparison = compare_runs(observed(rows), baseline(before), [loaded()])
    found = report(rows).model_copy(update={"comparison": comparison})
    return json.loads(browsed(Dossier(found, lambda: iter(rows), lambda: iter(before))).index)["cases"]


def test_flags_say_what_is_wrong() -> None:
    cases = cases_of([result("fine", 1.0), result("short", 0.0), result("lost", error="x"), result("open", None)])
    assert cases["id"] == ["fine", "short", "lost", "open"]
    assert cases["flags"] == [0, FAILED, FAILED | ERROR | MISSING, MISSING]
    assert cases["rank"] == [3, 1, 0, 2]
    assert cases["score"] == [[1.0], [0.0], [None], [None]]
    assert cases["gain"] is None


def test_repeats_of_a_case_stand_together() -> None:
    cases = cases_of([result("a", 1.0), result("b", 1.0), result("a", 0.0, repeat=1), result("b", 1.0, repeat=1)])
    assert cases["after"] == [[0, 2], [1, 3]]
    assert cases["failures"] == {"0": [0, 1], "1": [0, 0]}
    assert cases["flags"] == [FAILED | UNSTEADY, 0]
    assert cases["score"] == [[0.5], [1.0]]


def test_a_baseline_adds_changes_and_its_own_cases() -> None:
    after = [result("a", 0.0), result("b", 1.0, output="new"), result("c", 1.0)]
    before = [result("a", 1.0), result("b", 1.0, output="old"), result("c", 1.0), result("gone", 1.0)]
    cases = cases_of(after, before)
    assert cases["id"] == ["a", "b", "c", "gone"]
    assert cases["flags"] == [FAILED | CHANGED, DIFFERS, 0, 0]
    assert cases["gain"] == [-1.0, None, None, None]
    assert cases["before"] == [[3], [4], [5], [6]]
    assert cases["after"][3] == []
    assert cases["text"][3] == "about gone?"


def test_segments_are_numbered() -> None:
    rows = [result(f"c{i}", 1.0, metadata={"topic": "ab"[i % 2], "same": "x"} if i else {}) for i in range(4)]
    index = json.loads(browsed(dossier(rows)).index)
    assert index["segments"] == [{"key": "metadata.topic", "values": ["a", "b"]}]
    assert index["cases"]["seg"] == [[-1], [1], [0], [1]]


def test_a_large_run_shows_its_worst_cases() -> None:
    rows = [result(f"c{i:03}", float(i % 10 > 0), repeat=r) for r in range(2) for i in range(100)]
    found = browsed(dossier(rows), most=20)
    cases = json.loads(found.index)["cases"]
    assert found.shown == 10
    assert cases["id"] == [f"c{i:03}" for i in range(0, 100, 10)]
    assert all(len(places) == 2 for places in cases["after"])
