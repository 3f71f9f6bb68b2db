"""`snapshot: true`: an alias pins what the index holds when it is moved, and answers from that until it is moved again."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

import llmops
from llmops.core.names import parse_ref
from llmops.domain.artifact import AppSpec
from llmops.flows.index_needs import who_needs
from llmops.flows.serving.last_known_good import LastKnownGood
from llmops.flows.serving.standing import find_standing
from llmops.storage.leases import this_process
from tests.support.served import patient as patient
from tests.support.workspaces import llmops as command

QUESTION = "How long do I have to return a quokka?"


@pytest.fixture
def pinned(workspace: Path) -> Path:
    """A workspace whose app pins its contents, registered and indexed, in hybrid mode."""
    path = workspace / "apps/docs.yaml"
    path.write_text(
        path.read_text().replace("retrieval: {k: 4}", "retrieval: {k: 4, mode: hybrid}") + "snapshot: true\n"
    )
    say(workspace, 14)
    assert command("register").code == 0
    return workspace


def say(workspace: Path, days: int) -> int:
    """Change what the documents say, and sync; returns the sequence."""
    (workspace / "docs/quokkas.md").write_text(f"# Quokkas\n\nA quokka can be returned for {days} days.\n")
    done = command("index", "sync", "docs")
    assert done.code == 0, done.err
    with llmops.open(workspace) as ws:
        return ws.store.corpus.generations("docs")[0].sequence


def promote(ref: str = "app/docs@latest", *more: str) -> str:
    done = command("promote", ref, "--to", "production", *more)
    assert done.code == 0, done.err
    return done.err


def answer(workspace: Path, ref: str = "docs@production", user: str | None = None) -> tuple[str, str]:
    """What is found, and at which sequence."""
    with llmops.open(workspace) as ws:
        reply = ws.app(ref).ask(QUESTION, user=user)
        [found] = [c.text for c in reply.contexts if "quokka can" in c.text]
        return found.split(" for ")[1].split(" days")[0], reply.refs["sequence"]


def test_an_alias_answers_as_of_its_promotion_until_it_is_promoted_again(pinned: Path) -> None:
    told = promote()
    with llmops.open(pinned) as ws:
        first = ws.store.corpus.generations("docs")[0]
    assert f"answers from index docs as of sequence {first.sequence} of generation {first.uid}" in told
    second = say(pinned, 30)
    assert answer(pinned) == ("14", str(first.sequence))
    assert answer(pinned, "docs@1") == ("30", str(second))  # by number it answers from today's contents
    promote()  # the same version, with what the index holds now
    assert answer(pinned) == ("30", str(second))
    assert "nothing was changed" in promote()
    history = command("history", "app/docs@production").out
    assert f"move, as of sequence {first.sequence}" in history
    assert f"move, as of sequence {second}" in history
    assert "answers from index docs as of sequence" in command("show", "app/docs@production").err
    done = command("rollback", "app/docs@production")
    assert done.code == 0, done.err
    assert f"It answers from index docs as of sequence {first.sequence}" in done.err
    assert answer(pinned) == ("14", str(first.sequence))
    assert command("db", "check").code == 0


def test_a_program_that_runs_follows_the_contents_too(pinned: Path) -> None:
    promote()
    second = say(pinned, 30)
    with llmops.open(pinned, cache__alias_ttl="0s") as ws:
        app = ws.app("docs@production")
        assert app.ask(QUESTION).refs["sequence"] != str(second)
        promote()
        assert app.ask(QUESTION).refs["sequence"] == str(second)


def test_a_trial_keeps_what_it_was_tried_with_when_it_is_completed(pinned: Path) -> None:
    promote()
    path = pinned / "apps/docs.yaml"
    path.write_text(path.read_text() + "block_message: another\n")
    assert command("register").code == 0
    second = say(pinned, 30)
    promote("app/docs@2", "--canary", "50%")
    say(pinned, 60)
    promote("app/docs@2", "--canary", "60%")
    sides = {answer(pinned, user=f"user-{n}") for n in range(16)}
    assert sides == {("14", str(second - 1)), ("30", str(second))}
    promote("app/docs@2")
    assert answer(pinned) == ("30", str(second))
    command("rollback", "app/docs@production")
    assert answer(pinned) == ("14", str(second - 1))


def test_prune_keeps_what_is_pinned_now_and_before(pinned: Path) -> None:
    promote()
    second = say(pinned, 30)
    promote()
    third = say(pinned, 60)
    with llmops.open(pinned) as ws:
        [generation] = ws.store.corpus.generations("docs")
        assert {sequence: list(by) for sequence, by in who_needs(ws.services, "docs").pins[generation.uid].items()} == {
            second: [f"app/docs@production as of {second}"],
            second - 1: [f"app/docs@production (before) as of {second - 1}"],
        }
        say(pinned, 90)
        done = ws.index("docs").prune(before=third)
        assert done.pinned == {generation.uid: f"app/docs@production (before) as of {second - 1}"}
        assert "is not forgotten further for app/docs@production (before)" in done.in_words()
    assert answer(pinned) == ("30", str(second))
    assert f"app/docs@production as of {second}" in command("index", "generations", "docs").out
    assert command("rollback", "app/docs@production").code == 0
    assert answer(pinned) == ("14", str(second - 1))


def test_half_of_a_sync_is_not_pinned(pinned: Path) -> None:
    with llmops.open(pinned) as ws:
        lease = ws.store.corpus.leases.acquire("docs", this_process(), datetime.now(UTC))
        done = command("promote", "app/docs@1", "--to", "production")
        assert done.code == 1
        assert "so its contents cannot be pinned now" in done.err
        assert "Promote again when that has ended." in done.err
        ws.store.corpus.leases.release(lease)
    promote()


def test_an_evaluation_of_an_alias_asks_what_it_answers_from(pinned: Path) -> None:
    promote()
    second = say(pinned, 30)
    with llmops.open(pinned) as ws:
        for target, sequence in (("app/docs@production", second - 1), ("app/docs@1", second)):
            [seen] = ws.eval("docs", target=target, limit=2).contents
            assert (seen.first, seen.last) == (sequence, sequence)


def test_an_outage_is_survived_with_what_was_pinned(pinned: Path) -> None:
    promote()
    with llmops.open(pinned) as ws:
        found = find_standing(ws.registry, parse_ref("app/docs@production"), {})
    kept = LastKnownGood(pinned / ".llmops", "store")
    kept.keep(found)
    again = LastKnownGood(pinned / ".llmops", "store").recall(found.ref)
    assert again is not None
    assert again.bundle.snapshot == found.bundle.snapshot
    assert found.bundle.snapshot is not None


def test_contents_that_are_not_there_cannot_be_pinned_even_by_force(workspace: Path) -> None:
    path = workspace / "apps/docs.yaml"
    path.write_text(path.read_text() + "snapshot: true\n")
    assert command("register").code == 0
    done = command("promote", "app/docs@1", "--to", "production", "--force", "--reason", "a test")
    assert done.code == 2
    assert "app/docs@1 pins the contents of index 'docs', which has not been built for it" in done.err
    assert "llmops index sync docs@1" in done.err


def test_the_field_changes_no_digest_where_it_is_not_set(workspace: Path) -> None:
    path = workspace / "apps/docs.yaml"
    assert command("register").code == 0
    path.write_text(path.read_text() + "snapshot: false\n")
    assert command("register").code == 0
    with llmops.open(workspace) as ws:
        versions = ws.registry.history(parse_ref("app/docs"))
        assert len(versions) == 1
        assert "snapshot" not in versions[0].content
        assert AppSpec.model_validate(versions[0].content).snapshot is None
