"""A Ray cluster of two nodes on this machine, in a process of its own; `python tests/support/ray_cluster.py` is that process."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HOST = b"ray::Host"


@dataclass(frozen=True)
class RayCluster:
    """The running cluster."""

    address: str
    pid: int

    def hosts(self) -> list[int]:
        """The processes that carry out work on it."""
        parents = {int(path.name): _parent(path) for path in Path("/proc").glob("[0-9]*")}
        ours = []
        for pid in parents:
            ancestor: int | None = pid
            while ancestor is not None and ancestor != self.pid:
                ancestor = parents.get(ancestor)
            if ancestor == self.pid and _command(pid).startswith(HOST):
                ours.append(pid)
        return sorted(ours)

    def kill_host(self) -> bool:
        """Kill one of them, as a machine does that runs out of memory; False where there is none."""
        found = self.hosts()
        if found:
            os.kill(found[0], signal.SIGKILL)
        return bool(found)


@contextmanager
def ray_cluster(**environment: str) -> Iterator[RayCluster]:
    """Two nodes with one processor each."""
    child = subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "RAY_USAGE_STATS_ENABLED": "0", **environment},
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        address = next(line.split()[1] for line in child.stdout if line.startswith("address "))
        yield RayCluster(address, child.pid)
    finally:
        child.stdin.close()
        child.stdout.close()
        child.wait(60)


def _parent(process: Path) -> int | None:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _serve() -> None:
    from ray.cluster_utils import Cluster

    size = {
        "num_cpus": 1,
        "object_store_memory": 80_000_000,
        "include_dashboard": False,
        "node_ip_address": "127.0.0.2",
    }
    cluster = Cluster(initialize_head=True, head_node_args=size)
    cluster.add_node(num_cpus=1, object_store_memory=80_000_000, node_ip_address="127.0.0.3")
    print(f"address {cluster.address}", flush=True)
    sys.stdin.read()
    cluster.shutdown()


if __name__ == "__main__":
    _serve()
