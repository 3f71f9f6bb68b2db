"""What an export holds."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from llmops.core.errors import InputError, NotFound
from llmops.core.hashing import digest_bytes
from llmops.domain.artifact import Candidate
from llmops.registry.aliases import roll_back
from llmops.registry.exchange.layout import HISTORY, MANIFEST
from tests.support.exports import add_run, exported, files_of, fill
from tests.support.registries import ADA, NOW, Desk, ref


def versions(desk: Desk, folder: str = "out") -> list[str]:
    """The versions in an exported folder."""
    names = (path for path in files_of(desk.root / folder) if path.startswith("versions/"))
    return sorted(name.removeprefix("versions/").removesuffix(".json") for name in names)


def test_everything_goes_by_default(any_desk: Desk) -> None:
    fill(any_desk)
    done = exported(any_desk)
    assert versions(any_desk) == [
        "app/docs@1", "app/docs@2", "dataset/docs@1", "prompt/answer@1", "prompt/answer@2", "rag/docs@1", "suite/docs@1",
    ]  # fmt: skip
    assert len(done.versions) == 7
    assert done.digest == digest_bytes((any_desk.root / "out" / MANIFEST).read_bytes())
    assert [(place.alias, place.number) for place in done.aliases] == [("production", 2)]
    assert done.history.rows == 2


def test_a_version_takes_its_parts_along_and_nothing_else(desk: Desk) -> None:
    fill(desk)
    exported(desk, "out", "app/docs@1")
    assert versions(desk) == ["app/docs@1", "prompt/answer@1", "rag/docs@1"]
    exported(desk, "suite", "suite/docs@latest")
    assert versions(desk, "suite") == ["dataset/docs@1", "suite/docs@1"]
    exported(desk, "prompt", "prompt/answer")
    assert versions(desk, "prompt") == ["prompt/answer@1", "prompt/answer@2"]


def test_an_included_prompt_is_a_part(desk: Desk) -> None:
    desk.write("prompts/tone.md", "Be kind.\n")
    desk.write("prompts/letter.md", 'Write. {% include "tone" %}\n')
    desk.register()
    exported(desk, "out", "prompt/letter@1")
    assert versions(desk) == ["prompt/letter@1", "prompt/tone@1"]


def test_a_time_gives_what_aliases_held_then(desk: Desk) -> None:
    fill(desk)
    done = exported(desk, "then", at=NOW + timedelta(minutes=5))
    assert versions(desk, "then") == ["app/docs@1", "prompt/answer@1", "rag/docs@1"]
    assert [(place.alias, place.number, place.since) for place in done.aliases] == [("production", 1, NOW)]
    assert done.history.rows == 1
    exported(desk, "now", "app/docs@production", at=NOW + timedelta(days=1))
    assert "app/docs@2" in versions(desk, "now")
    roll_back(desk.registry, ref("app/docs@production"), actor=ADA, now=NOW + timedelta(days=2))
    exported(desk, "back", at=NOW + timedelta(days=3))
    assert "app/docs@1" in versions(desk, "back")


def test_a_candidate_was_live_too(desk: Desk) -> None:
    fill(desk)
    held, target = desk.store.aliases.get("app", "docs", "production"), desk.store.versions.get("app", "docs", 1)
    assert held is not None
    assert target is not None
    candidate = Candidate(number=1, digest=target.digest, weight=0.1, mode="canary")
    desk.store.aliases.set_candidate(held, candidate, actor=ADA, reason="try", now=NOW + timedelta(hours=1))
    done = exported(desk, "out", at=NOW + timedelta(hours=2))
    assert [(place.number, place.candidate) for place in done.aliases] == [(2, 1)]
    assert {"app/docs@1", "app/docs@2"} <= set(versions(desk))
    desk.store.aliases.drop_candidate("app", "docs", "production", actor=ADA, reason="no", now=NOW + timedelta(hours=3))
    assert exported(desk, "later", at=NOW + timedelta(hours=4)).aliases[0].candidate is None


def test_times_at_which_nothing_was_held_are_told(desk: Desk) -> None:
    fill(desk)
    with pytest.raises(NotFound, match=r"no alias held anything at 2026-02-28 12:00 UTC"):
        exported(desk, at=NOW - timedelta(days=1))
    with pytest.raises(NotFound, match=r"app/docs@staging held nothing at 2026-03-02 12:00 UTC"):
        exported(desk, "out", "app/docs@staging", at=NOW + timedelta(days=1))
    with pytest.raises(NotFound, match=r"no alias of prompt/answer held anything"):
        exported(desk, "out", "prompt/answer", at=NOW + timedelta(days=1))
    with pytest.raises(InputError, match=r"app/docs@1 stays what it is at all times"):
        exported(desk, "out", "app/docs@1", at=NOW)


def test_evidence_is_the_runs_on_these_versions_and_their_baselines(desk: Desk) -> None:
    fill(desk)
    add_run(desk, "run-1", app=1)
    add_run(desk, "run-2", app=2, baseline="run-1")
    assert exported(desk, "without").runs == ()
    assert exported(desk, "all", evidence=True).runs == ("run-1", "run-2")
    assert exported(desk, "first", "app/docs@1", evidence=True).runs == ("run-1",)
    assert exported(desk, "second", "app/docs@2", evidence=True).runs == ("run-1", "run-2")
    assert {"suite/docs@1", "dataset/docs@1"} <= set(versions(desk, "first"))
    assert exported(desk, "before", evidence=True, at=NOW + timedelta(minutes=3)).runs == ()


def test_the_history_can_be_verified_without_llmops(any_desk: Desk) -> None:
    import hashlib

    fill(any_desk)
    exported(any_desk)
    previous = "sha256:" + "0" * 64
    for line in (any_desk.root / "out" / HISTORY).read_bytes().splitlines():
        row = json.loads(line)
        found = row.pop("hash")
        text = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert found == "sha256:" + hashlib.sha256(b"llmops:move\n" + text.encode()).hexdigest()
        assert row["previous"] == previous
        previous = found
    assert previous == any_desk.store.aliases.verify()


def test_rows_of_other_artifacts_stay_at_home(desk: Desk) -> None:
    fill(desk)
    desk.move("prompt/answer@1")
    done = exported(desk, "out", "prompt/answer")
    rows = [json.loads(line) for line in (desk.root / "out" / HISTORY).read_text().splitlines()]
    assert [row["kind"] for row in rows] == ["prompt"]
    assert not done.history.whole


def test_the_same_store_gives_the_same_bytes(desk: Desk) -> None:
    fill(desk)
    add_run(desk)
    for name in ("a.tar.gz", "b.tar.gz", "c.tar"):
        exported(desk, name, evidence=True)
    assert (desk.root / "a.tar.gz").read_bytes() == (desk.root / "b.tar.gz").read_bytes()
    assert exported(desk, "folder", evidence=True).digest == exported(desk, "d.tgz", evidence=True).digest


def test_what_cannot_be_exported_is_told(desk: Desk) -> None:
    with pytest.raises(InputError, match="nothing is registered yet"):
        exported(desk)
    fill(desk)
    with pytest.raises(InputError, match=r"prompt/answer@working is a file, no version"):
        exported(desk, "out", "prompt/answer@working")
    with pytest.raises(NotFound, match=r"no prompt called 'anwser'"):
        exported(desk, "out", "prompt/anwser")
    assert not (desk.root / "out").exists()


def test_no_credential_of_the_environment_is_exported(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted-0123456789abcdefghij")
    fill(desk)
    add_run(desk)
    exported(desk, "out", evidence=True)
    assert not [path for path, data in files_of(tmp_path / "out").items() if b"planted" in data]
