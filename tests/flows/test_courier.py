"""Deliveries in the background, against real receivers and a real store."""

import logging
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from llmops.core.hashing import Json
from llmops.core.hook_settings import HookSettings
from llmops.domain.hook import Delivery
from llmops.flows.courier import MOST_ATTEMPTS, Clock, Courier, Round, backoff, open_sender
from llmops.storage.store import Store
from tests.support.examples import NOW, example_delivery
from tests.support.receiver import PATIENCE, Receiver, receiver

ENVIRONMENT = {"HOOK_SECRET": "s3cr3t-of-the-hook"}
AT_ONCE = Clock(draw=lambda: -0.499)  # makes the first wait five milliseconds


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", ENVIRONMENT["HOOK_SECRET"])


def webhook(url: str, wait: str = "30s") -> HookSettings:
    return HookSettings(on=("promote",), url=url, secret_env="HOOK_SECRET", allow_private=True, wait=wait)


def turn(store: Store, hook: HookSettings, now: datetime = NOW) -> Round:
    clock = Clock(now=lambda: now, draw=lambda: 0.5)
    return Round("notes", open_sender(hook, Path(), ENVIRONMENT), 10.0, store.deliveries, clock)


def queue(store: Store, *ids: str, hook: str = "notes") -> None:
    store.deliveries.add([example_delivery(one, hook=hook) for one in ids], NOW)


def wait_until_delivered(store: Store, delivery_id: str) -> Delivery:
    until = time.monotonic() + PATIENCE
    while (found := store.deliveries.get(delivery_id)).state == "pending":
        assert time.monotonic() < until, found
        threading.Event().wait(0.01)
    return found


def test_waits_grow_threefold_up_to_six_hours() -> None:
    assert [backoff(failed, 0.5) for failed in (1, 2, 3, 4, 9, 200)] == [5, 15, 45, 135, 21600, 21600]
    assert backoff(1, 0.0) == 2.5
    assert sum(backoff(failed, 0.0) for failed in range(1, MOST_ATTEMPTS)) > 4 * 3600


def test_a_turn_delivers_all_that_is_due_oldest_first(store: Store, there: Receiver) -> None:
    queue(store, "dlv-1", "dlv-2", "dlv-3")
    tried = turn(store, webhook(there.url)).run()
    assert [(one.id, one.state, one.error) for one in tried] == [(f"dlv-{n}", "delivered", "") for n in (1, 2, 3)]
    assert [posted.headers["X-Llmops-Delivery"] for posted in there.posted] == ["dlv-1", "dlv-2", "dlv-3"]
    assert store.deliveries.count("delivered") == {"notes": 3}


def test_one_that_is_refused_does_not_hold_up_the_next(sqlite_store: Store, there: Receiver) -> None:
    queue(sqlite_store, "dlv-1", "dlv-2")
    there.script(500)
    refused, delivered = turn(sqlite_store, webhook(there.url)).run()
    assert (refused.state, refused.error) == ("pending", f"{there.url} answered 500")
    assert refused.due_at == NOW + timedelta(seconds=5)
    assert delivered.state == "delivered"


def test_where_nobody_is_there_the_turn_ends(sqlite_store: Store) -> None:
    with receiver() as gone:
        pass
    queue(sqlite_store, "dlv-1", "dlv-2")
    one = turn(sqlite_store, webhook(gone.url))
    (tried,) = one.run()
    assert tried.error.endswith("cannot be reached: connection refused")
    assert one.resting == 5
    assert sqlite_store.deliveries.get("dlv-2").attempts == 0


def test_what_the_receiver_asks_to_wait_is_the_least(sqlite_store: Store, there: Receiver) -> None:
    queue(sqlite_store, "dlv-1")
    there.status, there.retry_after = 429, "600"
    (tried,) = turn(sqlite_store, webhook(there.url)).run()
    assert tried.due_at == NOW + timedelta(seconds=600)


def test_it_is_given_up_in_the_end(sqlite_store: Store, there: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    queue(sqlite_store, "dlv-1")
    there.status = 500
    for day in range(MOST_ATTEMPTS):
        (tried,) = turn(sqlite_store, webhook(there.url), NOW + timedelta(days=day)).run()
    assert (tried.state, tried.attempts) == ("failed", MOST_ATTEMPTS)
    assert turn(sqlite_store, webhook(there.url), NOW + timedelta(days=99)).run() == []
    assert "to be tried again: llmops hooks retry" in caplog.messages[0]
    assert f"hook notes, event promote: {there.url} answered 500; given up" in caplog.messages[-1]


def test_a_private_address_is_given_up_at_once(sqlite_store: Store, there: Receiver) -> None:
    queue(sqlite_store, "dlv-1")
    (tried,) = turn(sqlite_store, webhook(there.url).model_copy(update={"allow_private": False})).run()
    assert (tried.state, tried.attempts) == ("failed", 1)
    assert not there.posted


def test_an_address_from_the_environment(sqlite_store: Store, there: Receiver) -> None:
    hook = HookSettings(on=("promote",), url_env="HOOK_URL", secret_env="HOOK_SECRET", allow_private=True)
    sender = open_sender(hook, Path(), {**ENVIRONMENT, "HOOK_URL": f" {there.url}/in\n"})
    assert not sender.send(example_delivery("dlv-1"), NOW).error
    assert there.posted[0].path == "/in"


def test_it_delivers_in_the_background(sqlite_store: Store, there: Receiver, tmp_path: Path) -> None:
    courier = Courier({"notes": webhook(there.url)}, tmp_path, sqlite_store.deliveries)
    courier.wake()
    assert not there.posted
    queue(sqlite_store, "dlv-1")
    courier.wake()
    there.wait_for(1)
    courier.close()
    assert sqlite_store.deliveries.get("dlv-1").state == "delivered"
    queue(sqlite_store, "dlv-2")
    courier.wake()
    courier.close()
    assert sqlite_store.deliveries.get("dlv-2").state == "delivered"


def test_a_hook_that_hangs_holds_up_no_other(sqlite_store: Store, there: Receiver, tmp_path: Path) -> None:
    hooks = {
        "hangs": webhook(there.url, wait="0s"),
        "notes": HookSettings(on=("promote",), command=("sh", "-c", "cat > told"), wait="30s"),
    }
    there.hold.clear()
    queue(sqlite_store, "dlv-1", hook="hangs")
    queue(sqlite_store, "dlv-2")
    courier = Courier(hooks, tmp_path, sqlite_store.deliveries)
    courier.wake()
    there.wait_for(1)
    assert wait_until_delivered(sqlite_store, "dlv-2").state == "delivered"
    assert (tmp_path / "told").read_text() == '{"event": "promote"}'
    courier.close()


def test_it_tries_again_by_itself(sqlite_store: Store, there: Receiver, tmp_path: Path) -> None:
    there.script(500, 503)
    queue(sqlite_store, "dlv-1")
    courier = Courier({"notes": webhook(there.url)}, tmp_path, sqlite_store.deliveries, AT_ONCE)
    courier.wake()
    delivered = wait_until_delivered(sqlite_store, "dlv-1")
    courier.close()
    assert (delivered.state, delivered.attempts, delivered.error) == ("delivered", 3, "")


def test_a_server_that_was_down_gets_all_when_it_is_up(sqlite_store: Store, there: Receiver, tmp_path: Path) -> None:
    with receiver() as gone:
        port = int(gone.url.rpartition(":")[2])
    queue(sqlite_store, "dlv-1", "dlv-2")
    tried = threading.Event()

    def draw() -> float:
        tried.set()
        return -0.499

    clock = Clock(draw=draw)
    courier = Courier({"notes": webhook(gone.url)}, tmp_path, sqlite_store.deliveries, clock)
    courier.wake()
    assert tried.wait(PATIENCE)
    with receiver(port) as up:
        up.wait_for(2)
        for delivery_id in ("dlv-1", "dlv-2"):
            assert wait_until_delivered(sqlite_store, delivery_id).state == "delivered"
        courier.close()
        assert len(up.posted) == 2


def test_whoever_ends_waits_a_moment_and_leaves_the_rest(sqlite_store: Store, there: Receiver, tmp_path: Path) -> None:
    there.hold.clear()
    queue(sqlite_store, "dlv-1", "dlv-2")
    courier = Courier({"notes": webhook(there.url, wait="0.2s")}, tmp_path, sqlite_store.deliveries)
    courier.wake()
    there.wait_for(1)
    started = time.monotonic()
    courier.close()
    assert time.monotonic() - started < 5
    left = sqlite_store.deliveries.get("dlv-1")
    assert (left.state, left.attempts) == ("pending", 1)
    assert left.error == f"llmops ended before {there.url} had answered"
    assert left.due_at <= datetime.now(left.due_at.tzinfo)
    there.hold.set()
    later = Courier({"notes": webhook(there.url)}, tmp_path, sqlite_store.deliveries)
    later.wake()
    later.close()
    assert sqlite_store.deliveries.count("delivered") == {"notes": 2}


def test_what_is_queued_at_the_very_end_is_delivered_too(
    sqlite_store: Store, there: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(sqlite_store, "dlv-1")
    courier = Courier({"notes": webhook(there.url)}, tmp_path, sqlite_store.deliveries)
    (worker,) = courier._workers
    claim = sqlite_store.deliveries.claim
    late = ["dlv-2"]

    def claim_and_end(*hook: str, **options: Json) -> Delivery | None:
        found = claim(*hook, **options)
        if found is None and late:  # the worker has just seen that there is nothing
            queue(sqlite_store, late.pop())
            courier.wake()
            worker.finish()
        return found

    monkeypatch.setattr(sqlite_store.deliveries, "claim", claim_and_end)
    courier.wake()
    there.wait_for(1)
    courier.close()
    assert sqlite_store.deliveries.count("delivered") == {"notes": 2}


def test_an_end_does_not_wait_for_the_next_attempt(sqlite_store: Store, there: Receiver, tmp_path: Path) -> None:
    there.status = 500
    queue(sqlite_store, "dlv-1")
    courier = Courier({"notes": webhook(there.url, wait="60s")}, tmp_path, sqlite_store.deliveries)
    courier.wake()
    there.wait_for(1)
    started = time.monotonic()
    courier.close()
    assert time.monotonic() - started < PATIENCE
    assert len(there.posted) == 1


def test_what_lacks_its_secret_waits_untried(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("HOOK_SECRET")
    queue(sqlite_store, "dlv-1")
    courier = Courier({"notes": webhook("https://hooks.invalid")}, tmp_path, sqlite_store.deliveries)
    courier.wake()
    courier.close()
    assert sqlite_store.deliveries.get("dlv-1").attempts == 0
    assert caplog.messages == ["hook notes waits: the environment variable HOOK_SECRET is not set"]


def test_a_store_that_fails_is_a_warning(
    sqlite_store: Store, there: Receiver, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from sqlalchemy import text

    queue(sqlite_store, "dlv-1")
    there.hold.clear()
    courier = Courier({"notes": webhook(there.url)}, tmp_path, sqlite_store.deliveries)
    with caplog.at_level(logging.WARNING, "llmops.hooks"):
        courier.wake()
        there.wait_for(1)
        with sqlite_store.database.transaction() as connection:
            connection.execute(text("DROP TABLE deliveries"))
        there.hold.set()
        courier.close()
    assert "no such table: deliveries" in caplog.messages[-1]
