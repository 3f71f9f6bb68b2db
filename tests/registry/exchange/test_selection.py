"""What belongs to what."""

from datetime import timedelta

import pytest

from llmops.core.errors import NotFound
from llmops.domain.artifact import Version
from llmops.registry.aliases import roll_back
from llmops.registry.exchange.selection import Key, evidence_for, parts_of, positions, suites_of, with_parts
from tests.support.exports import add_run, fill
from tests.support.registries import ADA, NOW, Desk, ref


def test_positions_are_what_the_moves_left(desk: Desk) -> None:
    fill(desk)
    desk.move("prompt/answer@1", "staging", minutes=20)
    roll_back(desk.registry, ref("app/docs@production"), actor=ADA, now=NOW + timedelta(hours=1))
    stood = positions(desk.store.aliases.history())
    assert [(p.kind, p.alias, p.number) for p in stood] == [("app", "production", 1), ("prompt", "staging", 1)]
    held = {(a.kind, a.name, a.alias, a.number, a.digest) for p in stood for a in desk.store.aliases.of(p.kind, p.name)}
    assert {(p.kind, p.name, p.alias, p.number, p.digest) for p in stood} == held
    earlier = positions(desk.store.aliases.history(), NOW + timedelta(minutes=15))
    assert [(p.kind, p.number) for p in earlier] == [("app", 2)]


def test_parts_are_found_by_digest(desk: Desk) -> None:
    fill(desk)
    app = desk.store.versions.get("app", "docs", 2)
    assert app is not None
    assert sorted((kind, name) for kind, name, _ in parts_of(app)) == [("prompt", "answer"), ("rag", "docs")]
    assert sorted(with_parts(desk.store, [app])) == [("app", "docs", 2), ("prompt", "answer", 2), ("rag", "docs", 1)]


def test_a_missing_part_is_told(desk: Desk) -> None:
    content = {"prompt": {"name": "gone", "digest": "sha256:" + "a" * 64}}
    version = Version(kind="app", name="docs", number=1, digest="sha256:b", content=content, created_at=NOW)
    with pytest.raises(NotFound, match=r"app/docs@1 pins prompt/gone sha256:a+, which is not there"):
        with_parts(desk.store, [version])


def test_only_finished_runs_are_evidence(desk: Desk) -> None:
    fill(desk)
    run = add_run(desk, "run-1")
    desk.store.runs.start(run.model_copy(update={"id": "run-2", "status": "interrupted"}))
    chosen: dict[Key, str] = {("app", "docs", 1): run.refs["app"]}
    found = evidence_for(desk.store, chosen, [], None)
    assert [run.id for run in found] == ["run-1"]
    assert [(v.kind, v.name) for v in suites_of(desk.store, found)] == [("suite", "docs")]


def test_a_run_that_a_move_rests_on_is_evidence(desk: Desk) -> None:
    fill(desk)
    add_run(desk, "run-1")
    moves = [move.model_copy(update={"evidence": ("run-1",)}) for move in desk.store.aliases.history()]
    assert [run.id for run in evidence_for(desk.store, {}, moves, None)] == ["run-1"]
