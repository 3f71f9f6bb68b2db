"""What is kept on disk: whole or not at all, whoever is killed, and never damaged."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

import llmops
from llmops.core.names import Ref, parse_ref
from llmops.flows.serving.last_known_good import LastKnownGood
from llmops.flows.serving.standing import Standing, find_standing
from tests.support.children import PATIENCE, kill_child_after, start_child
from tests.support.served import plain as plain
from tests.support.served import try_out

REF = parse_ref("app/plain@production")

WRITER = """
import sys
from pathlib import Path
import llmops
from llmops.core.names import parse_ref
from llmops.flows.serving.last_known_good import LastKnownGood
from llmops.flows.serving.standing import Standing, find_standing
ref = parse_ref("app/plain@production")
with llmops.open(Path(sys.argv[1])) as ws:
    found = [Standing(ref, find_standing(ws.registry, ref.at(number), {}).bundle) for number in (1, 2)]
kept = LastKnownGood(Path(sys.argv[1]) / ".llmops", "store")
for turn in range(int(sys.argv[2])):
    kept.keep(found[turn % 2])
    if turn % 10 == 0:
        print(turn, flush=True)
"""


def standing(root: Path, ref: Ref = REF) -> Standing:
    with llmops.open(root) as ws:
        return find_standing(ws.registry, ref, {})


def test_what_is_kept_comes_back_with_all_that_it_needs(plain: Path) -> None:
    with llmops.open(plain) as ws:
        try_out(ws, 2, 0.25, "canary")
    found = standing(plain)
    kept = LastKnownGood(plain / ".llmops", "store")
    assert kept.recall(REF) is None
    kept.keep(found)
    again = LastKnownGood(plain / ".llmops", "store").recall(REF)
    assert again is not None
    assert again.trial is not None
    assert again.trial.candidate == found.trial.candidate  # type: ignore[union-attr]
    assert again.bundle.app().prompt.render(question="hi")[0].content == "Tone 1. Version 1 says hi."
    assert again.trial.bundle.app().prompt.render(question="hi")[0].content == "Tone 2. Version 2 says hi."
    assert set(again.bundle.parts) == set(found.bundle.parts)


def test_refs_and_stores_do_not_share_files(plain: Path) -> None:
    kept = LastKnownGood(plain / ".llmops", "store")
    refs = [parse_ref(text) for text in ("app/a/b@x", "app/a_b@x", "app/A/b@x", "app/a/b@X", "app/a/b", "prompt/a/b@x")]
    paths = {str(kept.path(ref)).lower() for ref in refs}
    assert len(paths) == len(refs)
    kept.keep(standing(plain))
    assert LastKnownGood(plain / ".llmops", "another store").recall(REF) is None


def test_nothing_is_written_when_nothing_changed(plain: Path) -> None:
    kept = LastKnownGood(plain / ".llmops", "store")
    kept.keep(standing(plain))
    before = kept.path(REF).stat()
    kept.keep(standing(plain))
    assert kept.path(REF).stat().st_ino == before.st_ino


def edit(path: Path, change: Callable[[dict[str, object]], object]) -> None:
    written = json.loads(path.read_text())
    change(written)
    path.write_text(json.dumps(written))


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-40]),
        lambda path: path.write_bytes(b"\xff\xfe"),
        lambda path: path.write_bytes(path.read_bytes().replace(b"Tone 1", b"Tone 2")),
        lambda path: edit(path, lambda written: written.update(format=2)),
        lambda path: edit(path, lambda written: written.update(holds="sha256:0")),
        lambda path: edit(path, lambda written: written.pop("seal")),
        lambda path: (path.unlink(), path.mkdir()),
    ],
    ids=["empty", "cut off", "no text", "changed", "other format", "holds another", "no seal", "a folder"],
)
def test_what_is_damaged_is_not_used(
    plain: Path, damage: Callable[[Path], object], caplog: pytest.LogCaptureFixture
) -> None:
    kept = LastKnownGood(plain / ".llmops", "store")
    kept.keep(standing(plain))
    damage(kept.path(REF))
    assert kept.recall(REF) is None
    assert "what was kept of app/plain@production" in caplog.text


def test_a_folder_that_cannot_be_written_is_one_warning(plain: Path, caplog: pytest.LogCaptureFixture) -> None:
    (plain / ".llmops" / "last-known-good").write_text("in the way")
    kept = LastKnownGood(plain / ".llmops", "store")
    kept.keep(standing(plain))
    kept.keep(standing(plain))
    assert caplog.text.count("cannot be kept for an outage of the store") == 1


def test_a_killed_writer_leaves_the_old_or_the_new(plain: Path) -> None:
    kept = LastKnownGood(plain / ".llmops", "store")
    for lines in (1, 3, 6):
        kill_child_after(start_child(WRITER, str(plain), "1000000"), lines)
        found = kept.recall(REF)
        assert found is not None
        assert found.bundle.main.number in (1, 2)


def test_two_processes_write_and_a_third_reads(plain: Path) -> None:
    kept = LastKnownGood(plain / ".llmops", "store")
    kept.keep(standing(plain))
    children = [start_child(WRITER, str(plain), "100") for _ in range(2)]
    seen = set()
    while any(child.poll() is None for child in children):
        found = kept.recall(REF)
        assert found is not None
        seen.add(found.bundle.main.number)
    for child in children:
        _, errors = child.communicate(timeout=PATIENCE)
        assert child.returncode == 0, errors
    assert seen == {1, 2}
    assert list(kept.folder.rglob("*.part")) == []


def test_what_a_killed_writer_left_is_removed_after_an_hour(plain: Path) -> None:
    kept = LastKnownGood(plain / ".llmops", "store")
    kept.keep(standing(plain))
    old, new = (kept.path(REF).with_name(f"{kept.path(REF).name}.{name}.part") for name in ("old", "new"))
    for path in (old, new):
        path.write_text("half")
    os.utime(old, (0, 0))
    kept.keep(Standing(REF, standing(plain, REF.at(2)).bundle))
    assert (old.exists(), new.exists()) == (False, True)
