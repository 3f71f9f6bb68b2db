"""Many processes at one store: what each does, and what it says it has done.

Each process has a workspace folder of its own and shares only the store, as laptops and CI runners of a team do. It prints a
line of JSON for everything that it was told is stored, so that a test can look whether it is.
"""

import importlib
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from llmops.core.errors import Conflict
from llmops.core.hashing import Json
from llmops.core.names import parse_ref
from llmops.core.settings import load_settings
from llmops.domain.artifact import Actor
from llmops.registry import aliases
from llmops.registry.artifacts import Registry
from llmops.storage.check import check_store
from llmops.storage.store import Store, open_store

CROWD = "import sys; from tests.support.crowds import main; main(sys.argv[1:])"
LINES = 6  # so much a member says at most, and
LIFE = 0.05  # so many seconds it lives on at most, before it is killed
NAMES = ("answer", "greet", "team/refuse")


@dataclass
class Member:
    """One process: its number, its folder, and the store that it shares."""

    number: int
    folder: Path
    store: Store
    say: Callable[[Json], None]

    def work(self, until: float) -> None:
        """Register and promote until a time (of the monotonic clock)."""
        chance = random.Random(f"{self.number} {os.getpid()}")
        actor = Actor(name=f"member-{self.number}", source="argument")
        (self.folder / "prompts" / "team").mkdir(parents=True, exist_ok=True)
        (self.folder / "evals" / "data").mkdir(parents=True, exist_ok=True)
        while time.monotonic() < until:
            name = chance.choice(NAMES)
            # Now and then what another process may be registering in this moment.
            text = f"Say {chance.randrange(300)}." if chance.random() < 0.3 else f"Say {chance.random()}."
            (self.folder / "prompts" / f"{name}.md").write_text(text)
            case = {"id": "q1", "inputs": {"question": str(chance.random())}}
            (self.folder / "evals" / "data" / "docs.jsonl").write_text(json.dumps(case) + "\n")
            registry = Registry(self.store, self.folder, load_settings(self.folder, {}))
            number = 0
            for done in registry.register(message=f"by {self.number}", now=datetime.now(UTC)):
                version = done.version
                self.say(["version", version.kind, version.name, version.number, version.digest])
                if version.name == name:
                    number = version.number
            ref = parse_ref(f"prompt/{name}@{number}")
            try:
                move = aliases.move(registry, ref, "production", actor=actor, reason="better", now=datetime.now(UTC))
            except Conflict:
                self.say(["overtaken"])
            else:
                self.say(["move", move.sequence, move.name, move.from_number, move.to_number, move.hash])


def main(arguments: list[str]) -> None:
    """Work for some seconds: `work NUMBER URL FOLDER SECONDS`; or be killed again and again: `die SEED URL FOLDER TIMES`."""
    what, number, url, folder, amount = arguments
    if what == "work":
        store = open_store(url, root=Path(folder).parent)
        own = Path(folder)
        own.mkdir(parents=True, exist_ok=True)
        Member(int(number), own, store, _say).work(time.monotonic() + float(amount))
        store.close()
    else:
        die(int(number), url, Path(folder), int(amount))


def die(seed: int, url: str, folder: Path, times: int) -> None:
    """Fork a member, kill it somewhere in its work, and check the store, so many times; prints what was acknowledged.

    Forking from a process that has imported everything makes a death cost milliseconds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _warm_up()
    chance = random.Random(seed)
    for turn in range(times):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            store = open_store(url, root=folder.parent)

            os.dup2(writing, 1)
            Member(turn, folder, store, _say).work(time.monotonic() + 60)
            os._exit(1)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            lines = [pipe.readline() for _ in range(chance.randrange(LINES))]
            time.sleep(chance.uniform(0, LIFE))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            lines += pipe.readlines()
        sys.stdout.writelines(line for line in lines if line.endswith("\n"))
        _in_another_process(lambda: _check(url, folder.parent))
    sys.stdout.flush()


def _warm_up() -> None:
    """Import and compile all that is needed, on a store that nobody looks at."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store("sqlite:///store.db", root=Path(folder))
        Member(0, Path(folder), store, lambda value: None).work(time.monotonic() + 0.5)
        check_store(store)
        store.close()
    importlib.import_module("psycopg")
    importlib.import_module("sqlalchemy.dialects.postgresql.psycopg")


def _check(url: str, root: Path) -> None:
    store = open_store(url, root=root)
    check_store(store)
    store.close()


def _in_another_process(work: Callable[[], None]) -> None:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            sys.stderr.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if status:
        raise SystemExit("the store is not sound")


def _say(value: Json) -> None:
    print(json.dumps(value), flush=True)


def told(output: str) -> Iterator[list[Json]]:
    """What processes said."""
    for line in output.splitlines():
        yield json.loads(line)


def find_lost(store: Store, said: list[list[Json]]) -> None:
    """Assert that everything that was acknowledged is stored, and that the store makes sense as a whole."""
    check_store(store)
    for kind, name in {(line[1], line[2]) for line in said if line[0] == "version"}:
        versions = store.versions.of(kind, name)
        assert [version.number for version in versions] == list(range(1, len(versions) + 1))
        assert len({version.digest for version in versions}) == len(versions)
        stored = {(version.number, version.digest) for version in versions}
        assert {(line[3], line[4]) for line in said if line[:3] == ["version", kind, name]} <= stored
    history = store.aliases.history()
    assert [move.sequence for move in history] == list(range(1, len(history) + 1))
    rows = {(m.sequence, m.name, m.from_number, m.to_number, m.hash) for m in history}
    assert {tuple(line[1:]) for line in said if line[0] == "move"} <= rows
    for name in {move.name for move in history}:
        held: int | None = None
        for move in history:
            if move.name == name:
                assert move.from_number == held, "two moves began from the same version"
                held = move.to_number
        current = store.aliases.get("prompt", name, "production")
        assert current is not None
        assert current.number == held
