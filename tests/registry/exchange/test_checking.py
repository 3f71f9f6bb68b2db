"""Exports whose manifest fits, and whose contents do not."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from llmops.core.errors import InvalidFile
from llmops.core.hashing import Json, digest, digest_bytes
from llmops.registry.exchange.archive import opened
from llmops.registry.exchange.checking import check
from llmops.registry.exchange.layout import HISTORY
from llmops.storage.store import Store
from tests.support.exports import add_run, exported, fill, relist, spoil
from tests.support.registries import Desk

PROMPT = "versions/prompt/answer@1.json"


@pytest.fixture
def folder(desk: Desk) -> Path:
    """An exported folder with evidence."""
    fill(desk)
    add_run(desk)
    return exported(desk, "out", evidence=True).path


def complaint(folder: Path, store: Store) -> str:
    """What is said of an export."""
    with pytest.raises(InvalidFile, match=r".") as caught, opened(folder) as archive:
        check(archive, store)
    assert caught.value.hint
    return caught.value.message.removeprefix(f"{folder}/")


def rehash(change: Callable[[Json], Json]) -> Callable[[Json], Json]:
    """Change a version's content, and its digest with it."""

    def changed(value: Json) -> Json:
        content = change(value["content"])
        return {**value, "content": content, "digest": digest(value["kind"], content)}

    return changed


def test_a_whole_export_passes(folder: Path, desk: Desk) -> None:
    with opened(folder) as archive:
        found = check(archive, desk.store)
    assert found.versions[0].startswith("versions/prompt/")
    assert found.versions[-1].startswith("versions/suite/")
    assert found.runs == ("runs/run-1.json",)


@pytest.mark.parametrize(
    ("path", "change", "message"),
    [
        (PROMPT, lambda v: {**v, "content": {**v["content"], "description": "x"}}, "its content does not have its digest"),
        (PROMPT, lambda v: {**v, "number": 7}, "it holds prompt/answer@7"),
        (PROMPT, lambda v: {**v, "name": "../x"}, "it holds prompt/../x@1"),
        (PROMPT, lambda v: {**v, "created_at": "2026-01-01T00:00:00"}, "created_at has no time zone"),
        (PROMPT, lambda v: {**v, "colour": "red"}, "this is no Version: colour: Extra inputs are not permitted"),
        (PROMPT, rehash(lambda c: {**c, "colour": "red"}), "this is no PromptSpec: colour: Extra inputs"),
        (PROMPT, rehash(lambda c: {**c, "body": "user: glued"}), "text stands on the line of `user:`"),
        (PROMPT, rehash(lambda c: {**c, "body": "use AKIAABCDEFGHIJKLMNOP"}), "this looks like an AWS access key"),
        ("versions/rag/docs@1.json", rehash(lambda c: {}), "it has no sources, and no retriever either"),
        ("runs/run-1.json", lambda v: {**v, "id": "run-2"}, "it holds the run run-2"),
        ("runs/run-1.json", lambda v: {**v, "status": "failed"}, "the run is failed; only finished runs are evidence"),
        ("runs/run-1.json", lambda v: {**v, "summary": None}, "this is no Report"),
        ("runs/run-1.json", lambda v: {**v, "summary": {**v["summary"], "run_id": "x"}}, "its report is of another run"),
        ("runs/run-1.json", lambda v: {**v, "started_at": "2026-01-01T00:00:00"}, "a time has no time zone"),
        ("aliases.json", lambda v: {}, "this is no list"),
        ("aliases.json", lambda v: [{**v[0], "number": "x"}], "this is no Position: number"),
    ],
)  # fmt: skip
def test_contents_are_checked_too(
    folder: Path, desk: Desk, path: str, change: Callable[[Json], Json], message: str
) -> None:
    spoil(folder, path, change)
    said = complaint(folder, desk.store)
    assert said.startswith(path)
    assert message in said


def test_a_version_may_stand_there_once(folder: Path, desk: Desk) -> None:
    version = json.loads((folder / PROMPT).read_text())
    (folder / "versions/prompt/answer@9.json").write_text(json.dumps({**version, "number": 9}))
    relist(folder)
    assert complaint(folder, desk.store).endswith(f"answer@9.json: this is {PROMPT} once more")


def test_a_part_must_be_here_or_in_the_store(folder: Path, desk: Desk, tmp_path: Path) -> None:
    from llmops.storage.store import open_store

    (folder / "versions/rag/docs@1.json").unlink()
    relist(folder)
    with opened(folder) as archive:
        check(archive, desk.store)
    empty = open_store("sqlite:///empty.db", root=tmp_path)
    assert "it pins rag/docs sha256:" in complaint(folder, empty)
    empty.close()


def test_cases_must_be_those_of_the_dataset(folder: Path, desk: Desk) -> None:
    (blob,) = (folder / "blobs").iterdir()
    data = blob.read_bytes()
    blob.write_bytes(data.replace(b'"a?"', b'"x?"'))
    relist(folder)
    assert complaint(folder, desk.store).endswith("these are not the cases of dataset/docs@1")
    blob.write_bytes(b"[1]\n")
    relist(folder)
    assert complaint(folder, desk.store).endswith("these are no cases of a dataset")
    blob.unlink()
    relist(folder)
    assert complaint(folder, desk.store).endswith("this blob is missing")
    (folder / "blobs" / digest_bytes(b"x").removeprefix("sha256:")).write_bytes(b"x")
    blob.write_bytes(data)
    relist(folder)
    assert complaint(folder, desk.store).endswith("no dataset or model of this export has this blob")


def test_results_must_go_with_their_run(folder: Path, desk: Desk) -> None:
    results = folder / "runs/run-1.results.jsonl"
    data = results.read_bytes()
    results.write_bytes(data + data)
    relist(folder)
    assert "case 'q1' stands here twice" in complaint(folder, desk.store)
    results.write_bytes(b'{"case_id": "q1"}\n')
    relist(folder)
    assert "run-1.results.jsonl:1: this is no CaseResult: cluster: Field required" in complaint(folder, desk.store)
    results.write_bytes(data.rstrip(b"\n"))
    relist(folder)
    assert complaint(folder, desk.store).endswith("a line has no end")
    results.unlink()
    relist(folder)
    assert complaint(folder, desk.store).endswith("run-1.results.jsonl: this file is missing")


def test_a_rewritten_history_is_seen(folder: Path, desk: Desk) -> None:
    rows = (folder / HISTORY).read_text().splitlines(keepends=True)
    for changed, message in (
        ([rows[0].replace("better", "bitter"), rows[1]], "history.jsonl:1: this row was changed after it was written"),
        (rows[1:], "history.jsonl:1: this row does not follow the row before it"),
        (rows[:1], "history.jsonl: the manifest speaks of 2 rows"),
    ):
        (folder / HISTORY).write_text("".join(changed))
        relist(folder)
        assert message in complaint(folder, desk.store)
