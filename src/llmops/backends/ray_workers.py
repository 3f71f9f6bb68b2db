"""Workers on a Ray cluster: one that is there, or one of this machine for as long as it is needed.

Only texts travel: the recipe, the pieces of work and their outcomes. A worker that dies is started again, where there is room,
and its work is done again; what it had finished is with the driver by then.
"""

import asyncio
import importlib
import logging
import math
import os
import socket
import threading
import warnings
from collections.abc import Callable
from typing import Final, cast

from llmops.backends.executors import Worker
from llmops.core.bridge import to_thread
from llmops.core.catalog import load
from llmops.core.errors import OutsideError
from llmops.core.extras import require
from llmops.core.hashing import Json
from llmops.core.settings import Settings

CONNECTION: Final = "ray"
MOST_RESTARTS: Final = 20  # of one worker
KNOCK_SECONDS: Final = 10.0
MOST_RETRIES: Final = 3  # of one piece of work that lost its worker

_ON: Final = "Go on with: llmops eval --resume RUN, or the same llmops index sync."


class Host:
    """What runs on the cluster: opens its worker at the first piece of work."""

    def __init__(self, opener: str, recipe: str) -> None:
        self._opener, self._recipe = opener, recipe
        self._worker: Worker | None = None
        self._opening = threading.Lock()

    async def do(self, work: str) -> str:
        """Do a piece of work."""
        worker = await to_thread(self._open)
        return await worker.do(work)

    def _open(self) -> Worker:
        with self._opening:
            if self._worker is None:
                self._worker = cast(Callable[[str], Worker], load(self._opener))(self._recipe)
            return self._worker


class RayWorkers:
    """Hosts on a cluster that take turns."""

    def __init__(self, address: str, opener: str, recipe: str, concurrency: int) -> None:
        self._address, self._opener, self._recipe = address, opener, recipe
        self._concurrency = concurrency
        self._hosts: list[Json] = []
        self._under_way: list[int] = []  # by host
        self._is_mine = False
        self._starting = asyncio.Lock()

    async def do(self, work: str) -> str:
        """Have one of the hosts do a piece of work.

        Raises:
            OutsideError: the cluster cannot be reached, or workers die again and again.
        """
        import ray

        async with self._starting:
            if not self._hosts:
                await to_thread(self._start)
        place = min(range(len(self._hosts)), key=self._under_way.__getitem__)
        self._under_way[place] += 1
        try:
            return str(await self._hosts[place].do.remote(work))
        except ray.exceptions.RayActorError as error:
            raise _died(error) from error
        except ray.exceptions.RayError as error:
            raise OutsideError(f"Ray failed: {_cause(error)}", hint=f"What is done is stored. {_ON}") from error
        finally:
            self._under_way[place] -= 1

    async def close(self) -> None:
        """Stop the hosts, and the cluster if it is ours."""
        await to_thread(self._stop)

    def _start(self) -> None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # says nothing to anybody
        import ray

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if not ray.is_initialized():
                self._connect()
            count = max(1, min(int(ray.cluster_resources().get("CPU", 1)), self._concurrency))
            host = ray.remote(Host).options(
                num_cpus=0,
                scheduling_strategy="SPREAD",
                max_concurrency=max(1, math.ceil(self._concurrency / count)),
                max_restarts=MOST_RESTARTS,
                max_task_retries=MOST_RETRIES,
            )
            self._hosts = [host.remote(self._opener, self._recipe) for _ in range(count)]
            self._under_way = [0] * count

    def _connect(self) -> None:
        import ray

        try:
            if self._address:
                _knock(self._address)
                ray.init(address=self._address, log_to_driver=False, logging_level=logging.ERROR)
            else:
                ray.init(
                    address="local",
                    include_dashboard=False,
                    log_to_driver=False,
                    logging_level=logging.ERROR,
                    _node_ip_address="127.0.0.1",
                )
        except (OSError, RuntimeError, ValueError) as error:
            raise refusal(self._address, error) from error
        self._is_mine = True
        # Ray prints what happens to workers on stdout, where our data goes, and has no option against it.
        inside = importlib.import_module("ray._private.worker")
        if hasattr(inside, "print_to_stdstream"):
            vars(inside)["print_to_stdstream"] = _say_nothing

    def _stop(self) -> None:
        import ray

        for host in self._hosts:
            ray.kill(host)
        self._hosts = []
        if self._is_mine:
            ray.shutdown()
            self._is_mine = False


def open_workers(settings: Settings, *, opener: str, recipe: str, concurrency: int) -> RayWorkers:
    """Workers on the cluster of `[connections.ray] url`, else of `RAY_ADDRESS`, else on one of this machine.

    Raises:
        ExtraMissing: Ray is not installed.
    """
    require("ray", "ray", needed_for="--executor ray")
    connection = settings.connections.get(CONNECTION)
    address = (connection.url if connection else "") or os.environ.get("RAY_ADDRESS", "")
    return RayWorkers(address, opener, recipe, concurrency)


def refusal(address: str, error: Exception) -> OutsideError:
    """What to say of a cluster that cannot be worked with: nobody is there, or it runs another Ray or another Python."""
    if "Version mismatch" not in str(error):
        return OutsideError(
            f"no Ray cluster at {address or 'this machine'}: {_first_line(error)}",
            hint=f"Is it running? Set [connections.{CONNECTION}] url, or RAY_ADDRESS; without them one is started here.",
        )
    lines = [" ".join(line.split()) for line in str(error).splitlines()]
    versions = [line for line in lines if line.startswith(("Ray:", "Python:"))]
    theirs, ours = versions[: len(versions) // 2], versions[len(versions) // 2 :]
    return OutsideError(
        f"the Ray cluster at {address} runs {', '.join(theirs)}, this process {', '.join(ours)}",
        hint="Install the versions of the cluster here, or those of here there; both have to be the same.",
    )


def _knock(address: str) -> None:
    """Connect once, since Ray itself tries for minutes; OSError where nobody answers."""
    host, colon, port = address.rpartition(":")
    if colon and port.isdecimal() and "/" not in host:
        socket.create_connection((host, int(port)), timeout=KNOCK_SECONDS).close()


def _say_nothing(*said: Json, **how: Json) -> None:
    """Stand in for what prints."""


def _died(error: Exception) -> OutsideError:
    """What to say of a worker that is gone for good."""
    if "ModuleNotFoundError" in str(error):
        missing = next(line for line in str(error).splitlines() if "ModuleNotFoundError" in line)
        return OutsideError(
            f"the workers on Ray cannot load llmops: {missing.strip()}",
            hint="Install the same llmops, with what you added to it, on all machines of the cluster; see docs/executors.md.",
        )
    return OutsideError(
        f"a worker on Ray died {MOST_RETRIES + 1} times at the same piece of work: {_first_line(error)}",
        hint=f"Look for its end in the logs of Ray (memory?). What is done is stored. {_ON}",
    )


def _cause(error: Exception) -> str:
    """What went wrong on a worker, without Ray's own words where it is known."""
    cause = getattr(error, "cause", None)
    return f"{type(cause).__name__}: {_first_line(cause)}" if isinstance(cause, Exception) else _first_line(error)


def _first_line(error: BaseException) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)[:300]
