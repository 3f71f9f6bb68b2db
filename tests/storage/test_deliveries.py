"""The queue of deliveries: each to one taker at a time, none lost with a process."""

import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from llmops.core.errors import InvalidRef, NotFound
from llmops.domain.hook import Delivery
from llmops.storage.store import Store
from tests.support.children import finish_child, start_child
from tests.support.examples import NOW, example_delivery

LEASE = 60.0

CLAIM = """
import sys
from datetime import datetime, UTC
from pathlib import Path
from llmops.storage.store import open_store
store = open_store(sys.argv[1], root=Path(sys.argv[2]))
now = datetime.fromisoformat(sys.argv[3])
while claimed := store.deliveries.claim("notes", lease=60, most=10, now=now):
    print(claimed.id, flush=True)
    if sys.argv[4] == "deliver":
        store.deliveries.settle(claimed.model_copy(update={"state": "delivered", "ended_at": now}))
store.close()
"""


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def claim(store: Store, now: datetime = NOW, *, hook: str = "notes", most: int = 10) -> Delivery | None:
    return store.deliveries.claim(hook, lease=LEASE, most=most, now=now)


def claimed(store: Store, now: datetime = NOW) -> Delivery:
    found = claim(store, now)
    assert found is not None
    return found


def test_the_oldest_goes_first_and_only_to_one(store: Store) -> None:
    store.deliveries.add([example_delivery("dlv-1"), example_delivery("dlv-2", created_at=later(-5))], NOW)
    first = claimed(store)
    assert (first.id, first.attempts, first.token, first.due_at) == ("dlv-2", 1, 1, later(LEASE))
    assert claimed(store).id == "dlv-1"
    assert claim(store) is None
    assert claim(store, hook="other") is None


def test_what_was_delivered_is_done(store: Store) -> None:
    store.deliveries.add([example_delivery("dlv-1")], NOW)
    delivered = claimed(store).model_copy(update={"state": "delivered", "ended_at": later(1)})
    assert store.deliveries.settle(delivered)
    assert claim(store, later(9999)) is None
    assert store.deliveries.get("dlv-1") == delivered
    assert store.deliveries.next_due("notes") is None


def test_what_failed_waits_for_its_time(store: Store) -> None:
    store.deliveries.add([example_delivery("dlv-1")], NOW)
    store.deliveries.settle(claimed(store).model_copy(update={"error": "503", "due_at": later(5)}))
    assert store.deliveries.next_due("notes") == later(5)
    assert claim(store, later(4)) is None
    again = claimed(store, later(5))
    assert (again.attempts, again.error) == (2, "503")


def test_an_event_is_queued_once_for_a_hook(store: Store) -> None:
    store.deliveries.add([example_delivery("dlv-1")], NOW)
    same = example_delivery("dlv-1").model_copy(update={"id": "dlv-9"})
    store.deliveries.add([same], NOW)
    assert [delivery.id for delivery in store.deliveries.latest()] == ["dlv-1"]


def test_a_taker_who_was_thought_dead_has_no_say(store: Store) -> None:
    store.deliveries.add([example_delivery("dlv-1")], NOW)
    slow = claimed(store)
    quick = claimed(store, later(LEASE))
    assert quick.token == 2
    assert not store.deliveries.settle(slow.model_copy(update={"state": "failed"}))
    assert store.deliveries.get("dlv-1").state == "pending"
    assert store.deliveries.settle(quick.model_copy(update={"state": "delivered", "ended_at": NOW}))
    assert not store.deliveries.settle(quick.model_copy(update={"state": "failed"}))
    assert store.deliveries.get("dlv-1").state == "delivered"


def test_nobody_waits_for_a_process_that_was_killed(store: Store, store_url: str, tmp_path: Path) -> None:
    store.deliveries.add([example_delivery("dlv-1")], NOW)
    child = start_child(
        CLAIM.replace("store.close()", "import time; time.sleep(600)"), *_where(store_url, tmp_path), ""
    )
    assert child.stdout is not None
    assert child.stdout.readline().strip() == "dlv-1"
    assert claim(store) is None
    assert store.deliveries.revive(None, NOW) == []
    child.kill()
    child.communicate()
    assert claimed(store).attempts == 2


def test_two_processes_never_take_the_same(store: Store, store_url: str, tmp_path: Path) -> None:
    wanted = [example_delivery(f"dlv-{number}") for number in range(60)]
    store.deliveries.add(wanted, NOW)
    children = [start_child(CLAIM, *_where(store_url, tmp_path), "deliver") for _ in range(2)]
    taken = [line for child in children for line in finish_child(child).split()]
    assert sorted(taken) == sorted(delivery.id for delivery in wanted)
    assert store.deliveries.count("delivered") == {"notes": 60}


def test_threads_of_one_process_never_take_the_same(store: Store) -> None:
    store.deliveries.add([example_delivery(f"dlv-{number}") for number in range(20)], NOW)
    taken: list[str] = []

    def take() -> None:
        while found := claim(store):
            taken.append(found.id)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 20


def test_what_is_cut_off_every_time_is_given_up(store: Store) -> None:
    store.deliveries.add([example_delivery("dlv-1")], NOW)
    assert claim(store, most=2) is not None
    assert claim(store, later(LEASE), most=2) is not None
    assert claim(store, later(2 * LEASE), most=2) is None
    assert store.deliveries.get("dlv-1").state == "failed"
    assert "given up: whoever tried ended" in store.deliveries.get("dlv-1").error


def test_reviving_gives_all_attempts_back(store: Store) -> None:
    store.deliveries.add([example_delivery(f"dlv-{number}") for number in range(4)], NOW)
    gone, failed = claimed(store), claimed(store)
    store.deliveries.settle(gone.model_copy(update={"state": "delivered", "ended_at": NOW}))
    store.deliveries.settle(failed.model_copy(update={"state": "failed", "ended_at": NOW, "error": "410"}))
    under_way = claimed(store)
    assert store.deliveries.revive(["dlv-0", "dlv-1"], later(1)) == ["dlv-1"]
    assert store.deliveries.revive(None, later(1)) == ["dlv-1", "dlv-3"]
    revived = store.deliveries.get("dlv-1")
    assert (revived.state, revived.attempts, revived.due_at, revived.ended_at) == ("pending", 0, later(1), None)
    assert store.deliveries.settle(under_way.model_copy(update={"state": "delivered", "ended_at": NOW}))


def test_the_log_is_newest_first_and_forgets(store: Store) -> None:
    old = example_delivery("dlv-1", created_at=NOW - timedelta(days=200))
    store.deliveries.add([old], NOW)
    store.deliveries.settle(claimed(store).model_copy(update={"state": "failed", "ended_at": old.created_at}))
    waiting = example_delivery("dlv-2", created_at=NOW - timedelta(days=200))
    store.deliveries.add([waiting, example_delivery("dlv-3", hook="other")], NOW)
    assert [found.id for found in store.deliveries.latest()] == ["dlv-3", "dlv-2"]
    assert [found.id for found in store.deliveries.latest(hook="notes")] == ["dlv-2"]
    assert [found.id for found in store.deliveries.latest(limit=1)] == ["dlv-3"]
    assert store.deliveries.latest(state="failed") == []
    assert store.deliveries.count("pending") == {"notes": 1, "other": 1}


def test_an_id_may_be_shortened(store: Store) -> None:
    store.deliveries.add([example_delivery("dlv-aa"), example_delivery("dlv-ab"), example_delivery("dlv-a")], NOW)
    assert store.deliveries.get("dlv-ab").id == "dlv-ab"
    assert store.deliveries.get("dlv-a").id == "dlv-a"
    with pytest.raises(InvalidRef, match="delivery 'dlv' is ambiguous: dlv-a and dlv-aa begin so"):
        store.deliveries.get("dlv")
    for absent in ("dlv-%", ""):
        with pytest.raises(NotFound, match="there is no delivery"):
            store.deliveries.get(absent)


def _where(store_url: str, root: Path) -> tuple[str, str, str]:
    return store_url, str(root), NOW.isoformat()
