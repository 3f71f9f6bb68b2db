"""Events: what fires them, what they say, and that they neither break nor delay anything."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import llmops as package
from llmops.core.errors import InputError, LlmopsError, NotFound
from llmops.core.hashing import Json
from llmops.flows.hooks import deliver
from llmops.storage.store import open_store
from tests.support.children import finish_child, kill_child_after, start_child
from tests.support.receiver import Posted, Receiver, receiver
from tests.support.workspaces import llmops

SECRET = "s3cr3t-of-the-hook"
SQLITE_URL = "sqlite:///.llmops/store.db"

# A program that promotes version 1 and 2 in turn, and says so; it never closes the workspace.
PROMOTE = """
import sys, llmops
ws = llmops.open(sys.argv[1])
for number in range(int(sys.argv[2])):
    ws.promote(f"prompt/answer@{1 + (number + int(sys.argv[3])) % 2}", to=sys.argv[4])
    print("promoted", flush=True)
"""


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    with receiver() as running:
        yield running


def add_hook(root: Path, url: str, events: str = '"register", "promote", "rollback", "gate_failed"') -> None:
    with (root / "llmops.toml").open("a") as file:
        file.write(f'\n[hooks.notes]\non = [{events}]\nurl = "{url}/secret-path"\nsecret_env = "HOOK_SECRET"\n')
        file.write('allow_private = true\nwait = "30s"\n')


def two_versions(root: Path) -> None:
    """Register a second version of the prompt."""
    prompt = root / "prompts" / "answer.md"
    prompt.write_text(prompt.read_text().replace("bookshop", "library"))
    assert llmops("register", cwd=root).code == 0


def bodies(posted: list[Posted]) -> list[Json]:
    return [one.body for one in posted]


def states(root: Path) -> list[tuple[str, str]]:
    store = open_store(SQLITE_URL, root=root)
    found: list[tuple[str, str]] = [
        (delivery.event, delivery.state) for delivery in store.deliveries.latest(limit=None)
    ]
    store.close()
    return found


def test_registering_tells_what_is_new(workspace: Path, there: Receiver) -> None:
    add_hook(workspace, there.url)
    assert llmops("register", "-m", "first").code == 0
    (body,) = bodies(there.posted)
    assert (body["format"], body["event"]) == (1, "register")
    assert body["id"].startswith("evt-")
    assert body["actor"] == {"name": "ada@example.com", "source": "LLMOPS_ACTOR"}
    assert body["subject"]["count"] == len(body["subject"]["versions"]) == 5
    prompt = body["subject"]["versions"][0]
    assert (prompt["kind"], prompt["name"], prompt["number"], prompt["message"]) == ("prompt", "answer", 1, "first")
    assert prompt["digest"].startswith("sha256:")
    assert llmops("register").code == 0
    assert len(there.posted) == 1


def test_promoting_and_rolling_back_tell_the_row_of_the_history(ready: Path, there: Receiver) -> None:
    two_versions(ready)
    add_hook(ready, there.url)
    for number in ("1", "2", "2"):  # the last one moves nothing
        assert llmops("promote", f"prompt/answer@{number}", "--to", "production", "--reason", "why").code == 0
    assert llmops("rollback", "prompt/answer@production").code == 0
    told = bodies(there.posted)
    assert [body["event"] for body in told] == ["promote", "promote", "rollback"]
    assert [(body["subject"]["from_number"], body["subject"]["to_number"]) for body in told] == [
        (None, 1),
        (1, 2),
        (2, 1),
    ]
    moves = json.loads(llmops("history", "prompt/answer", "--json").out)["moves"]
    assert [body["subject"]["hash"] for body in told] == [move["hash"] for move in moves]
    assert set(told[0]["subject"]) == {
        *("kind", "name", "alias", "action", "from_number", "to_number", "to_digest", "weight", "reason"),
        *("forced", "evidence", "sequence", "hash"),
    }
    assert told[0]["subject"]["reason"] == "why"


def test_trials_are_promotions_and_ending_one_is_a_rollback(ready: Path, there: Receiver) -> None:
    two_versions(ready)
    assert llmops("promote", "prompt/answer@1", "--to", "production").code == 0
    add_hook(ready, there.url)
    assert llmops("promote", "prompt/answer@2", "--to", "production", "--canary", "10%").code == 0
    assert llmops("rollback", "prompt/answer@production").code == 0
    started, ended = bodies(there.posted)
    assert (started["event"], started["subject"]["action"], started["subject"]["weight"]) == ("promote", "canary", 0.1)
    assert (ended["event"], ended["subject"]["action"]) == ("rollback", "abandon")


def test_a_failed_gate_tells_which(ready: Path, there: Receiver) -> None:
    suite = ready / "evals" / "docs.yaml"
    suite.write_text(suite.read_text().partition("gates:")[0] + "gates:\n  - {latency_p95: 1000}\n")
    add_hook(ready, there.url)
    assert "The gate is unknown" in llmops("eval", "docs").out
    assert not [body for body in bodies(there.posted) if body["event"] == "gate_failed"]
    suite.write_text(suite.read_text() + "  - {latency_p95: 0.0000001}\n")
    assert llmops("eval", "docs").code == 1
    (body,) = [body for body in bodies(there.posted) if body["event"] == "gate_failed"]
    subject = body["subject"]
    assert subject["suite"] == "docs"
    assert subject["target"].startswith("app/docs")
    assert {gate["outcome"] for gate in subject["gates"]} == {"unknown", "fail"}
    assert {"app", "suite", "dataset"} <= set(subject["refs"])
    assert body["id"] == f"evt-{subject['run']}"


def test_a_refused_promotion_tells_nobody(workspace: Path, there: Receiver) -> None:
    assert llmops("register").code == 0
    add_hook(workspace, there.url)
    assert llmops("promote", "app/docs", "--to", "production").code == 1  # its index has not been built
    assert llmops("promote", "prompt/absent", "--to", "production").code == 2
    assert not there.posted
    assert states(workspace) == []


def test_only_who_asked_is_told(ready: Path, there: Receiver) -> None:
    add_hook(ready, there.url, '"rollback"')
    assert llmops("promote", "prompt/answer", "--to", "production").code == 0
    assert states(ready) == []


def test_without_hooks_nothing_is_written(ready: Path) -> None:
    assert llmops("promote", "prompt/answer", "--to", "production").code == 0
    assert states(ready) == []


def test_a_server_that_is_down_breaks_nothing_and_gets_it_later(
    ready: Path, there: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    with receiver() as gone:
        port = int(gone.url.rpartition(":")[2])
    add_hook(ready, gone.url)
    assert llmops("promote", "prompt/answer@1", "--to", "production").code == 0
    assert states(ready) == [("promote", "pending")]
    assert "connection refused; to be tried again" in caplog.messages[-1]
    with receiver(port) as up:
        two_versions(ready)  # fires; what waits for its time still waits
        assert llmops("hooks", "retry").code == 0
        assert sorted(body["event"] for body in bodies(up.posted)) == ["promote", "register"]
    assert states(ready) == [("register", "delivered"), ("promote", "delivered")]


def test_a_store_that_fails_breaks_nothing(
    ready: Path, there: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from sqlalchemy import text

    add_hook(ready, there.url)
    store = open_store(SQLITE_URL, root=ready)
    with store.database.transaction() as connection:
        connection.execute(text("DROP TABLE deliveries"))
    store.close()
    assert llmops("promote", "prompt/answer@1", "--to", "production").code == 0
    assert "the event promote could not be queued for hooks" in caplog.text
    assert json.loads(llmops("history", "prompt/answer", "--json").out)["moves"]


def test_a_receiver_that_hangs_delays_the_end_only_for_a_moment(ready: Path, there: Receiver) -> None:
    add_hook(ready, there.url)
    toml = ready / "llmops.toml"
    toml.write_text(toml.read_text().replace('wait = "30s"', 'wait = "200ms"'))
    there.hold.clear()
    with package.open(ready) as ws:
        started = time.monotonic()
        ws.promote("prompt/answer@1", to="production")
        there.wait_for(1)
        ws.close()
    assert time.monotonic() - started < 10
    assert states(ready) == [("promote", "pending")]


def test_a_program_that_just_ends_has_told(ready: Path, there: Receiver) -> None:
    """Nobody closes the workspace, and the host must be looked up while the interpreter exits."""
    two_versions(ready)
    add_hook(ready, there.url.replace("127.0.0.1", "localhost"))
    finish_child(start_child(PROMOTE, str(ready), "3", "0", "production"))
    assert len(there.posted) == 3
    assert states(ready) == [("promote", "delivered")] * 3


def test_what_a_killed_process_left_is_delivered_by_the_next_one(ready: Path, there: Receiver) -> None:
    two_versions(ready)
    add_hook(ready, there.url)
    there.hold.clear()
    assert kill_child_after(start_child(PROMOTE, str(ready), "5", "0", "production"), 2)
    left = states(ready)
    assert len(left) >= 2
    assert {state for _, state in left} == {"pending"}
    there.hold.set()
    there.posted.clear()
    assert llmops("promote", "prompt/answer@1", "--to", "staging").code == 0
    assert states(ready) == [("promote", "delivered")] * (len(left) + 1)
    assert len({body["id"] for body in bodies(there.posted)}) == len(left) + 1


def test_two_processes_tell_everything_once(ready: Path, there: Receiver) -> None:
    two_versions(ready)
    add_hook(ready, there.url)
    children = [start_child(PROMOTE, str(ready), "15", "0", alias) for alias in ("one", "two")]
    for child in children:
        finish_child(child)
    assert llmops("hooks", "retry").code == 0
    ids = [body["id"] for body in bodies(there.posted)]
    assert len(ids) == len(set(ids)) == 30
    assert states(ready) == [("promote", "delivered")] * 30


def test_the_secret_is_written_nowhere(ready: Path, there: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    there.status = 500
    add_hook(ready, there.url)
    said = [llmops("promote", "prompt/answer", "--to", "production"), llmops("hooks", "retry")]
    said += [llmops("hooks", "list"), llmops("hooks", "deliveries", "--json"), llmops("settings")]
    written = [path.read_bytes() for path in (ready / ".llmops").rglob("*") if path.is_file()]
    written += [(one.out + one.err).encode() for one in said] + [caplog.text.encode()]
    assert not [text for text in written if SECRET.encode() in text]
    assert not [text for text in written[:-3] if b"secret-path" in text]
    assert SECRET not in str(there.posted)


def test_deliver_names_what_it_cannot_deliver(ready: Path, there: Receiver) -> None:
    add_hook(ready, there.url)
    assert llmops("promote", "prompt/answer", "--to", "production").code == 0
    with package.open(ready) as ws:
        (done,) = ws.store.deliveries.latest()
        with pytest.raises(InputError, match=f"{done.id} was delivered at "):
            deliver(ws.services, [done.id])
        with pytest.raises(NotFound, match="there is no delivery 'dlv-9'"):
            deliver(ws.services, ["dlv-9"])
        assert deliver(ws.services) == []
    assert issubclass(NotFound, LlmopsError)
