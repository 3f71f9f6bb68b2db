"""Round trips, renumbering, idempotence, and imports that must leave nothing behind."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.core.errors import Conflict, InvalidFile, StoreError
from llmops.core.hashing import Json, digest
from llmops.core.settings import load_settings
from llmops.domain.artifact import Origin, PromptSpec, Version
from llmops.domain.noun import content_of
from llmops.registry.artifacts import Registry
from llmops.registry.exchange.exporting import export
from llmops.registry.exchange.importing import Imported, import_export
from llmops.storage.check import check_store
from llmops.storage.store import Store, open_store
from tests.support.children import kill_child_after, start_child
from tests.support.exports import add_run, exported, files_of, fill, spoil
from tests.support.registries import NOW, Desk

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Store]:
    """Another, empty store."""
    store = open_store("sqlite:///other/store.db", root=tmp_path)
    yield store
    store.close()


@pytest.fixture
def any_other(store_url: str, tmp_path: Path) -> Iterator[Store]:
    """The same, once on SQLite and once on PostgreSQL."""
    store = open_store(store_url.replace(".llmops/", "other/"), root=tmp_path)
    yield store
    store.close()


def everything(store: Store) -> list[Version]:
    """All versions of a store."""
    return [v for artifact in store.versions.artifacts() for v in store.versions.of(artifact.kind, artifact.name)]


def summary(done: Imported) -> list[str]:
    """What happened to each version."""
    return [f"{'+' if v.created else '='}{v.kind}/{v.name}@{v.number_there}->{v.number}" for v in done.versions]


@pytest.mark.parametrize("target", ["out", "out.tar", "out.tar.gz", "out.tgz"])
def test_a_round_trip_is_exact(any_desk: Desk, other: Store, target: str) -> None:
    """From SQLite and from PostgreSQL."""
    fill(any_desk)
    run = add_run(any_desk)
    digest_there = exported(any_desk, target, evidence=True).digest
    done = import_export(other, any_desk.root / target)
    assert done.digest == digest_there
    assert everything(other) == everything(any_desk.store)
    assert [v.origin.message for v in other.versions.of("app", "docs")] == ["first", "shorter"]
    assert other.runs.get("run-1") == run
    assert list(other.runs.results("run-1")) == list(any_desk.store.runs.results("run-1"))
    check_store(other)
    assert other.aliases.history() == []


def test_exports_go_into_both_databases(desk: Desk, any_other: Store) -> None:
    fill(desk)
    add_run(desk)
    exported(desk, "out", evidence=True)
    import_export(any_other, desk.root / "out")
    assert everything(any_other) == everything(desk.store)
    export(Registry(any_other, desk.root, load_settings(desk.root, {})), desk.root / "again", evidence=True)
    again = files_of(desk.root / "again")
    there = files_of(desk.root / "out")
    assert {path: data for path, data in again.items() if "/" in path} == {p: d for p, d in there.items() if "/" in p}


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(TEXT.filter(str.strip), st.dictionaries(TEXT, JSON, max_size=3), TEXT, st.integers(0, 10**9)),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(["out", "out.tar.gz"]),
)
def test_any_versions_come_back_as_they_were(written: list[tuple[str, dict[str, Json], str, int]], target: str) -> None:
    with TemporaryDirectory() as temporary:
        root = Path(temporary)
        here, there = open_store("sqlite:///here.db", root=root), open_store("sqlite:///there.db", root=root)
        for body, parameters, message, seconds in written:
            content = content_of(
                PromptSpec(body="user:\n" + "\n".join("> " + x for x in body.splitlines()), parameters=parameters)
            )
            here.versions.add(
                "prompt", "any/name", digest("prompt", content), content, Origin(message=message),
                NOW + timedelta(microseconds=seconds),
            )  # fmt: skip
        export(Registry(here, root, load_settings(root, {})), root / target)
        import_export(there, root / target)
        assert everything(there) == everything(here)
        assert not any(v.created for v in import_export(there, root / target).versions)
        here.close()
        there.close()


def test_a_second_import_does_nothing(desk: Desk, other: Store) -> None:
    fill(desk)
    add_run(desk)
    exported(desk, "out.tar.gz", evidence=True)
    first = import_export(other, desk.root / "out.tar.gz")
    assert all(v.created for v in first.versions)
    again = import_export(other, desk.root / "out.tar.gz")
    assert not any(v.created for v in again.versions)
    assert [run.created for run in again.runs] == [False]
    assert everything(other) == everything(desk.store)


def test_numbers_are_kept_where_they_are_free(any_other: Store, desk: Desk) -> None:
    desk.versions(3)
    exported(desk, "third", "prompt/answer@3")
    exported(desk, "all", "prompt/answer")
    content = {"body": "Mine.", "x": 1}
    any_other.versions.add("prompt", "answer", digest("prompt", content), content, Origin(), NOW)
    foreseen = import_export(any_other, desk.root / "third", dry_run=True)
    assert any_other.versions.get("prompt", "answer", 3) is None
    assert summary(import_export(any_other, desk.root / "third")) == ["+prompt/answer@3->3"] == summary(foreseen)
    foreseen = import_export(any_other, desk.root / "all", dry_run=True)
    done = import_export(any_other, desk.root / "all")
    assert summary(done) == ["+prompt/answer@1->4", "+prompt/answer@2->2", "=prompt/answer@3->3"] == summary(foreseen)


def test_where_aliases_stood_is_told_with_the_numbers_of_here(desk: Desk, other: Store) -> None:
    fill(desk)
    content = {"description": "mine"}
    other.versions.add("app", "docs", digest("app", content), content, Origin(), NOW)
    other.versions.add("app", "docs", digest("app", {}), {}, Origin(), NOW)
    done = import_export(other, exported(desk).path)
    assert [(place.alias, place.number, done.number_of(place)) for place in done.aliases] == [("production", 2, 4)]
    assert other.aliases.get("app", "docs", "production") is None


def test_a_dry_run_writes_nothing(desk: Desk, other: Store) -> None:
    fill(desk)
    add_run(desk)
    exported(desk, "out", evidence=True)
    tried = import_export(other, desk.root / "out", dry_run=True)
    assert everything(other) == []
    assert other.runs.runs() == []
    done = import_export(other, desk.root / "out")
    assert (tried.versions, tried.runs) == (done.versions, done.runs)


def test_another_run_of_the_same_id_is_no_run_of_ours(desk: Desk, other: Store) -> None:
    fill(desk)
    add_run(desk)
    exported(desk, "out", evidence=True)
    import_export(other, desk.root / "out")
    spoil(desk.root / "out", "runs/run-1.json", lambda run: {**run, "parameters": {"cases": 3}})
    with pytest.raises(Conflict, match="the run run-1 in the store is not the one in the export"):
        import_export(other, desk.root / "out")


def test_a_failure_in_the_middle_leaves_nothing(desk: Desk, any_other: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(desk)
    add_run(desk)
    exported(desk, "out", evidence=True)

    def fail(*_: object) -> None:
        raise StoreError("the disk is full", hint="")

    monkeypatch.setattr(any_other.runs, "add_results", fail)
    with pytest.raises(StoreError, match="the disk is full"):
        import_export(any_other, desk.root / "out")
    assert everything(any_other) == []
    assert any_other.runs.runs() == []


def test_a_file_that_changes_between_check_and_write_undoes_all(
    desk: Desk, other: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(desk)
    add_run(desk)
    exported(desk, "out", evidence=True)
    results = desk.root / "out" / "runs" / "run-1.results.jsonl"
    start = other.runs.start

    def change(run: Json) -> None:
        results.write_bytes(results.read_bytes().replace(b"an answer", b"an errand"))
        start(run)

    monkeypatch.setattr(other.runs, "start", change)
    with pytest.raises(InvalidFile, match=r"run-1.results.jsonl: its bytes are not those that were exported"):
        import_export(other, desk.root / "out")
    assert everything(other) == []
    assert other.runs.runs() == []


KILLED = """
import sys
from pathlib import Path
from llmops.registry.exchange import importing
from llmops.storage.store import open_store

root, moment = Path(sys.argv[1]), int(sys.argv[2])
store = open_store("sqlite:///killed.db", root=root)
add, count = store.versions.add, 0

def counted(*arguments):
    global count
    count += 1
    if count == moment:
        print("there", flush=True)
        sys.stdin.read()
    return add(*arguments)

store.versions.add = counted
importing.import_export(store, root / "out")
print("done", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize(("moment", "kept"), [(1, 0), (4, 0), (99, 7)])
def test_a_killed_import_leaves_all_or_nothing(desk: Desk, moment: int, kept: int) -> None:
    fill(desk)
    exported(desk)
    assert kill_child_after(start_child(KILLED, str(desk.root), str(moment)), 1) == ["there" if kept == 0 else "done"]
    store = open_store("sqlite:///killed.db", root=desk.root)
    assert len(everything(store)) == kept
    check_store(store)
    import_export(store, desk.root / "out")
    assert everything(store) == everything(desk.store)
    store.close()


def test_evidence_counts_in_the_other_store(desk: Desk, other: Store) -> None:
    """The run speaks of digests, and those are the same in both stores."""
    fill(desk)
    add_run(desk, app=2)
    exported(desk, "ci.tar.gz", "app/docs@2", evidence=True)
    import_export(other, desk.root / "ci.tar.gz")
    found = other.runs.runs(name="docs")[0]
    app = other.versions.get("app", "docs", 2)
    suite = other.versions.latest("suite", "docs")
    assert app is not None
    assert suite is not None
    assert (found.refs["app"], found.refs["suite"]) == (app.digest, suite.digest)
    assert json.dumps(found.summary)
