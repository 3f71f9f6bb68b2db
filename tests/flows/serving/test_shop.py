"""Followers: always some version to answer with, looked up again in time, by one thread, and late at most by a bound."""

import asyncio
import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

import llmops
from llmops.core.bridge import run_sync
from llmops.core.errors import InvalidFile, NotFound, StoreError
from llmops.core.names import parse_ref
from llmops.flows.services import Services
from llmops.flows.serving import shop as serving
from llmops.flows.serving.last_known_good import LastKnownGood
from llmops.flows.serving.shop import Follower, Shop
from llmops.registry.bundles import Bundle
from llmops.workspace.workspace import Workspace
from tests.support.children import finish_child, start_child
from tests.support.served import move, try_out, write_version
from tests.support.served import plain as plain

APP = parse_ref("app/plain@production")


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


class Door:
    """The way to the store, which a test can shut: closed it raises, held it lets nobody through until it is let go."""

    def __init__(self, ws: Workspace, *, closed: bool = False) -> None:
        self._services = ws.services
        self.closed = closed
        self.passed = 0
        self._free = threading.Event()
        self._free.set()

    def __call__(self) -> Services:
        self.passed += 1
        assert self._free.wait(60)
        if self.closed:
            raise StoreError("the store does not answer", hint="Start it.")
        return self._services

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let nobody through inside the block."""
        self._free.clear()
        try:
            yield
        finally:
            self._free.set()


def number_of(services: Services, bundle: Bundle) -> int | None:
    """Opens a bundle as what its prompt says it is, so that the test sees which one answers."""
    return int(bundle.prompt().render(question="")[0].content.split()[3])


@pytest.fixture
def ws(plain: Path) -> Iterator[Workspace]:
    with llmops.open(plain) as ws:
        yield ws


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def door(ws: Workspace) -> Door:
    return Door(ws)


@pytest.fixture
def shop(ws: Workspace, door: Door, clock: Clock) -> Shop:
    return Shop(door, lambda: ws.services, LastKnownGood(ws.root / ".llmops", "store"), ttl=10.0, clock=clock)


@pytest.fixture
def follower(shop: Shop) -> Follower[int | None]:
    return Follower(APP, shop, number_of)


def test_an_alias_is_followed_once_its_time_is_over(
    follower: Follower[int | None], ws: Workspace, clock: Clock, door: Door
) -> None:
    assert follower.now().current == 1
    move(ws, 2)
    clock.time += 9.9
    assert follower.now().current == 1
    clock.time += 0.2
    assert (follower.now().current, follower.now().served_from, door.passed) == (2, "store", 2)


def test_what_is_pinned_is_looked_up_once(shop: Shop, clock: Clock, door: Door) -> None:
    pinned = Follower(parse_ref("app/plain@2"), shop, number_of)
    for _ in range(3):
        assert pinned.now().current == 2
        clock.time += 1000
    assert door.passed == 1


def test_all_who_ask_at_once_share_one_look_up(follower: Follower[int | None], door: Door, clock: Clock) -> None:
    follower.now()
    clock.time += 11
    before = door.passed
    with ThreadPoolExecutor(8) as pool, door.held():
        asked = [pool.submit(follower.now) for _ in range(8)]
        assert [each.result().current for each in asked] == [1] * 8
    assert door.passed == before + 1

    async def ask() -> list[int | None]:
        return [served.current for served in await asyncio.gather(*(follower.anow() for _ in range(50)))]

    clock.time += 11
    assert run_sync(ask()) == [1] * 50
    assert door.passed <= before + 2


def test_a_slow_store_delays_nobody_by_more_than_a_bound(
    shop: Shop, ws: Workspace, door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    follower = Follower(APP, replace(shop, ttl=0.0, clock=time.monotonic), number_of)
    follower.now()
    move(ws, 2)
    with door.held():
        began = time.monotonic()
        first = follower.now()
        waited = time.monotonic() - began
        assert (first.current, first.is_fallback) == (1, True)
        assert serving.WAIT_SECONDS <= waited < 20
        began = time.monotonic()
        for _ in range(100):
            assert follower.now().current == 1
            assert run_sync(follower.anow()).current == 1
        assert time.monotonic() - began < 100 * serving.WAIT_SECONDS  # nobody waits for a look-up that is late already
    while follower.now().is_fallback:
        pass
    assert follower.now().current == 2
    assert "served from the last known good" not in caplog.text


def test_a_store_that_hangs_is_told_once(
    follower: Follower[int | None], door: Door, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    follower.now()
    clock.time += 11
    with door.held():
        follower.now()
        clock.time += 30
        for _ in range(3):
            assert follower.now().is_fallback
    assert caplog.text.count("the store has not answered for 30 s") == 1


def test_an_outage_is_survived_and_told_once(
    follower: Follower[int | None], door: Door, clock: Clock, ws: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "llmops.serving")
    follower.now()
    door.closed = True
    for _ in range(3):
        clock.time += 11
        served = follower.now()
        assert (served.current, served.served_from, served.is_fallback) == (1, "last known good", True)
    assert follower.held.is_fallback
    assert [record.getMessage() for record in caplog.records] == [
        "app/plain@production is served from the last known good, version 1: the store does not answer"
    ]
    door.closed = False
    move(ws, 2)
    clock.time += 11
    assert (follower.now().current, follower.now().is_fallback) == (2, False)
    assert "comes from the store again: version 2" in caplog.text


@pytest.mark.parametrize("text", ["app/plain@production", "app/plain@2", "app/plain@latest", "prompt/say@2"])
def test_a_fresh_process_serves_what_was_kept(shop: Shop, door: Door, clock: Clock, text: str) -> None:
    ref = parse_ref(text)
    before = Follower(ref, shop, number_of).now()
    door.closed = True
    fresh = Follower(ref, shop, number_of)
    assert (fresh.now().current, fresh.now().served_from) == (before.current, "last known good")
    assert door.passed == 2  # not asked again before it is time
    door.closed = False
    clock.time += 11
    assert fresh.now().served_from == "store"


def test_a_fresh_process_waits_for_a_slow_store_only_so_long(
    shop: Shop, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "FIRST_WAIT_SECONDS", 0.05)
    Follower(APP, shop, number_of).now()
    fresh, unknown = Follower(APP, shop, number_of), Follower(parse_ref("app/plain@2"), shop, number_of)
    with door.held():
        assert fresh.now().served_from == "last known good"
        assert run_sync(fresh.anow()).current == 1
        with pytest.raises(StoreError, match="app/plain@2 was not found within"):
            unknown.now(patient=False)
    assert unknown.now().current == 2  # which waits as long as it takes


def test_without_anything_kept_the_outage_is_the_answer(follower: Follower[int | None], door: Door) -> None:
    door.closed = True
    with pytest.raises(StoreError, match="the store does not answer"):
        follower.now()
    door.closed = False
    assert follower.now().current == 1


def test_a_ref_that_nothing_answers_to_is_an_error_whatever_was_kept(shop: Shop, ws: Workspace) -> None:
    ref = parse_ref("app/plain@staging")
    move(ws, 1, alias="staging")
    Follower(ref, shop, number_of).now()
    with ws.store.database.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM aliases WHERE alias = 'staging'")
    with pytest.raises(NotFound, match="app/plain has no alias 'staging'"):
        Follower(ref, shop, number_of).now()


def test_an_alias_that_vanishes_under_a_running_program_stays(
    follower: Follower[int | None], ws: Workspace, clock: Clock
) -> None:
    follower.now()
    with ws.store.database.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM aliases")
    clock.time += 11
    assert (follower.now().current, follower.now().is_fallback) == (1, True)


def test_a_store_that_lost_everything_counts_as_an_outage(shop: Shop, tmp_path: Path) -> None:
    Follower(APP, shop, number_of).now()
    with llmops.open(f"sqlite:///{tmp_path / 'empty.db'}") as empty:
        services = empty.services
        fresh = Follower(APP, replace(shop, services=lambda: services), number_of)
        assert fresh.now().served_from == "last known good"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE versions SET content = '{}' WHERE number = 2",
        "UPDATE versions SET content = 'no json' WHERE number = 2",
        "UPDATE versions SET content = '[1]' WHERE number = 2",
        "UPDATE versions SET content = replace(content, 'Version 2', 'Version 7')",
        "UPDATE versions SET created_at = 'yesterday'",
    ],
)
def test_damaged_rows_are_never_served(
    follower: Follower[int | None], ws: Workspace, clock: Clock, statement: str
) -> None:
    follower.now()
    move(ws, 2)
    with ws.store.database.transaction() as connection:
        connection.exec_driver_sql(statement)
    clock.time += 11
    assert (follower.now().current, follower.now().is_fallback) == (1, True)


def test_a_canary_serves_its_users_and_a_shadow_nobody(
    follower: Follower[int | None], ws: Workspace, clock: Clock
) -> None:
    users = [f"user-{number}" for number in range(400)]
    try_out(ws, 2, 0.25, "canary")
    served = follower.now()
    sides = {user: served.side(user) for user in users}
    assert 50 < sum(side == 2 for side in sides.values()) < 150
    assert sides == {user: served.side(session=user) for user in users}
    assert sides == {user: served.side(user, session="s1") for user in users}
    assert [served.shadow(user) for user in users] == [None] * 400
    try_out(ws, 2, 0.5, "shadow")
    clock.time += 11
    served = follower.now()
    assert {served.side(user) for user in users} == {1}
    assert 150 < sum(served.shadow(user) == 2 for user in users) < 250


def test_what_is_open_stays_open_when_a_trial_is_completed(shop: Shop, ws: Workspace, clock: Clock) -> None:
    opened: list[int] = []

    def opener(services: Services, bundle: Bundle) -> object:
        opened.append(bundle.main.number or 0)
        return object()

    follower = Follower(APP, shop, opener)
    try_out(ws, 2, 0.25, "canary")
    tried = follower.now().candidate
    move(ws, 2)
    clock.time += 11
    assert follower.now().current is tried
    assert sorted(opened) == [1, 2]


def test_a_candidate_that_cannot_be_opened_here_is_left_out(
    shop: Shop, ws: Workspace, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    def opener(services: Services, bundle: Bundle) -> int | None:
        if bundle.main.number == 2:
            raise NotFound("there is no model called 'x/y'")
        return bundle.main.number

    try_out(ws, 2, 1.0, "canary")
    follower = Follower(APP, shop, opener)
    assert follower.now().side("u1") == 1
    assert "the candidate of app/plain@production cannot be opened here" in caplog.text
    move(ws, 2)  # which cannot be opened either, so the version before it goes on
    clock.time += 11
    assert (follower.now().current, follower.now().is_fallback) == (1, True)


def test_a_working_file_is_read_again_and_its_mistakes_are_told(shop: Shop, ws: Workspace) -> None:
    follower = Follower(parse_ref("prompt/say"), replace(shop, ttl=0.0), number_of)
    assert (follower.now().current, follower.now().served_from) == (2, "working file")
    write_version(ws.root, 5)
    assert follower.now().current == 5
    (ws.root / "prompts" / "say.md").write_text("{% if %}")
    with pytest.raises(InvalidFile, match=r"prompts/say\.md:1"):
        follower.now()
    write_version(ws.root, 6)
    assert follower.now().current == 6
    assert shop.kept.recall(follower.ref) is None


def test_at_rest_it_lets_go_and_opens_again(follower: Follower[int | None], ws: Workspace, door: Door) -> None:
    follower.now()
    move(ws, 2)
    follower.rest()
    assert follower.now().current == 2
    assert door.passed == 2


def test_a_forked_child_looks_up_for_itself(plain: Path) -> None:
    script = """
import os, sys, threading, warnings
import llmops
warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of any fork with threads
with llmops.open(sys.argv[1], cache__alias_ttl="0s") as ws:
    app = ws.app("plain@production")
    app.ask("x")
    child = os.fork()
    if child == 0:
        said = app.ask("forked")
        os._exit(0 if said.refs["served_from"] == "store" and "forked" in said.text else 1)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert finish_child(start_child(script, str(plain))).strip() == "0"
