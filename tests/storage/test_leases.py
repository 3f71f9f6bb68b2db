"""One writer at a time, and no writer for ever."""

import os
import subprocess
import sys
import threading
from datetime import timedelta

import pytest

from llmops.core.errors import Conflict
from llmops.domain.manifest import Lease
from llmops.storage.leases import LEASE_SECONDS, this_process
from llmops.storage.store import Store
from tests.support.corpora import NOW

ELSEWHERE = "process 7 on elsewhere"
LATER = NOW + timedelta(seconds=LEASE_SECONDS + 1)


def test_a_second_holder_is_told_who_has_it(store: Store) -> None:
    leases = store.corpus.leases
    leases.acquire("docs", ELSEWHERE, NOW)
    with pytest.raises(
        Conflict, match=r"index 'docs' is being changed by process 7 on elsewhere.*12:35:00 UTC"
    ) as caught:
        leases.acquire("docs", this_process(), NOW)
    assert "llmops index status docs" in caught.value.hint
    assert leases.acquire("other", this_process(), NOW).token == 1


def test_it_is_free_once_released(store: Store) -> None:
    leases = store.corpus.leases
    leases.release(leases.acquire("docs", ELSEWHERE, NOW))
    assert leases.held("docs", NOW) is None
    assert leases.acquire("docs", this_process(), NOW).token == 2


def test_it_runs_out_unless_renewed(store: Store) -> None:
    leases = store.corpus.leases
    lease = leases.acquire("docs", ELSEWHERE, NOW)
    assert leases.held("docs", NOW) == lease
    assert leases.held("docs", LATER) is None
    leases.renew(lease, LATER)
    assert leases.held("docs", LATER) == Lease("docs", ELSEWHERE, 1, LATER + timedelta(seconds=LEASE_SECONDS))
    with pytest.raises(Conflict, match="is being changed by"):
        leases.acquire("docs", this_process(), LATER)


def test_who_lost_it_can_neither_renew_nor_release_it(store: Store) -> None:
    leases = store.corpus.leases
    old = leases.acquire("docs", ELSEWHERE, NOW)
    new = leases.acquire("docs", "process 8 on elsewhere", LATER)
    with pytest.raises(Conflict, match="was taken over from process 7 on elsewhere"):
        leases.renew(old, LATER)
    leases.release(old)
    assert leases.held("docs", LATER) == new


def test_what_was_released_cannot_be_renewed(store: Store) -> None:
    leases = store.corpus.leases
    lease = leases.acquire("docs", ELSEWHERE, NOW)
    leases.release(lease)
    with pytest.raises(Conflict, match="taken over"):
        leases.renew(lease, NOW)


def test_the_lease_of_a_process_that_died_here_is_free_at_once(store: Store) -> None:
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()
    dead = this_process().replace(str(os.getpid()), str(child.pid))
    leases = store.corpus.leases
    leases.acquire("docs", dead, NOW)
    assert leases.held("docs", NOW) is None
    assert leases.acquire("docs", this_process(), NOW).holder == this_process()


def test_of_many_at_once_one_gets_it(store: Store) -> None:
    won: list[str] = []
    lost: list[str] = []

    def try_it(holder: str) -> None:
        try:
            won.append(store.corpus.leases.acquire("docs", holder, NOW).holder)
        except Conflict as error:
            lost.append(error.message)

    threads = [threading.Thread(target=try_it, args=(f"process {n} on elsewhere",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(lost)) == (1, 5)


def test_a_run_and_an_index_of_one_name_are_two_things(store: Store) -> None:
    store.corpus.leases.acquire("docs", ELSEWHERE, NOW)
    lease = store.runs.leases.acquire("docs", ELSEWHERE, NOW)
    assert (lease.index, lease.token) == ("docs", 1)
    with pytest.raises(Conflict, match="run 'docs' is being carried out by process 7 on elsewhere") as caught:
        store.runs.leases.acquire("docs", this_process(), NOW)
    assert "llmops runs show docs" in caught.value.hint
    store.runs.leases.release(lease)
    assert store.corpus.leases.held("docs", NOW) is not None
    with pytest.raises(Conflict, match="run 'docs' was taken over"):
        store.runs.leases.renew(lease, NOW)
