"""Running git for a source: asked with fixed arguments, never through a shell, and without anything it could run by itself.

Hooks, filters and drivers play no part in `ls-tree` and `cat-file`; what an environment or a repository's configuration could
add (prompts, monitors, fetching on demand, other transports) is switched off.
"""

import base64
import os
import subprocess
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from llmops.core.errors import InputError, OutsideError

_KEPT: Final = ("GIT_SSH_COMMAND", "GIT_SSH", "GIT_SSH_VARIANT", "GIT_SSL_CAINFO")  # how servers are reached
_SECONDS: Final = 120
_PART: Final = 1 << 16
_QUIET: Final = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "https:ssh:git:file",
    "LC_ALL": "C",
}


class Git:
    """One repository. `token` is sent to the server that it is fetched from."""

    def __init__(self, folder: Path, *, token: str = "") -> None:
        self.folder = folder
        self._token = token
        self._lock = threading.Lock()
        self._batch: subprocess.Popen[bytes] | None = None

    def ask(self, *arguments: str) -> str:
        """What git says, without the space around it.

        Raises:
            OutsideError: it fails, is not installed, or takes longer than two minutes.
        """
        try:
            done = subprocess.run(
                self._command(*arguments), capture_output=True, check=False, timeout=_SECONDS, env=self._environ()
            )
        except subprocess.TimeoutExpired as error:
            raise OutsideError(f"git {arguments[0]} took longer than {_SECONDS} s", hint="Try it by hand.") from error
        except OSError as error:
            raise _not_there(error) from error
        if done.returncode:
            raise OutsideError(
                f"git {arguments[0]} failed: {self._first_line(done.stderr)}",
                hint=f"Try: git -C {self.folder} {arguments[0]} …",
            )
        return done.stdout.decode("utf-8", "surrogateescape").strip()

    def try_to_ask(self, *arguments: str) -> str:
        """What git says; nothing where it fails."""
        try:
            return self.ask(*arguments)
        except OutsideError as error:
            if error.__cause__ is not None:
                raise
            return ""

    def records(self, *arguments: str) -> Iterator[bytes]:
        """What git writes, record by record, each ended by NUL.

        Raises:
            OutsideError: it fails before the end.
        """
        try:
            process = subprocess.Popen(
                self._command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self._environ()
            )
        except OSError as error:
            raise _not_there(error) from error
        assert process.stdout is not None
        assert process.stderr is not None
        with process, process.stdout, process.stderr:
            rest = b""
            try:
                while part := process.stdout.read(_PART):
                    *whole, rest = (rest + part).split(b"\0")
                    yield from whole
            finally:
                process.stdout.close()
                told = process.stderr.read()
            if process.wait():
                raise OutsideError(
                    f"git {arguments[0]} failed: {self._first_line(told)}", hint=f"Try: git -C {self.folder} fsck"
                )

    def read(self, name: str) -> bytes | None:
        """The bytes of an object by its name (`COMMIT:PATH`); None where there is none. One process serves many."""
        with self._lock:
            process = self._batch if self._batch is not None and self._batch.poll() is None else self._start_batch()
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                process.stdin.write(name.encode() + b"\n")
                process.stdin.flush()
                told = process.stdout.readline().split()
                if len(told) < 3 or told[-2] != b"blob":
                    return None
                data = process.stdout.read(int(told[-1]))
                process.stdout.read(1)
            except (OSError, ValueError) as error:
                raise OutsideError(
                    f"git cat-file broke off: {error}", hint=f"Try: git -C {self.folder} fsck"
                ) from error
            return data

    def fetch(self, url: str, ref: str) -> str:
        """Bring a ref of another repository into this one, which is made where it is missing; returns its commit.

        Raises:
            OutsideError: it cannot be fetched.
        """
        if not (self.folder / "HEAD").is_file():
            self.folder.mkdir(parents=True, exist_ok=True)
            self.ask("init", "--quiet", "--bare")
        self.ask("fetch", "--quiet", "--no-tags", "--depth=1", "--no-recurse-submodules", "--", url, ref)
        return self.ask("rev-parse", "--verify", "FETCH_HEAD^{commit}")

    def _start_batch(self) -> "subprocess.Popen[bytes]":
        try:
            process = subprocess.Popen(
                self._command("cat-file", "--batch"),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self._environ(),
            )  # fmt: skip
        except OSError as error:
            raise _not_there(error) from error
        self._batch = process
        weakref.finalize(self, _end, process)
        return process

    def _command(self, *arguments: str) -> list[str]:
        return ["git", "-C", str(self.folder), "-c", "core.fsmonitor=false", "-c", "core.quotepath=off", *arguments]

    def _environ(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name in _KEPT}
        if self._token:
            basic = base64.b64encode(f"x-access-token:{self._token}".encode()).decode()
            kept |= {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "http.extraHeader"}
            kept["GIT_CONFIG_VALUE_0"] = f"Authorization: Basic {basic}"
        return kept | _QUIET

    def _first_line(self, told: bytes) -> str:
        lines = told.decode("utf-8", "replace").strip().splitlines()
        line = next(
            (line for line in lines if line.startswith(("fatal:", "error:"))), lines[-1] if lines else "no reason given"
        )
        return (line.replace(self._token, "***") if self._token else line)[:300]


def _end(process: "subprocess.Popen[bytes]") -> None:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
    process.kill()
    process.wait()


def _not_there(error: OSError) -> InputError:
    return InputError(f"git cannot be run: {error.strerror}", hint="Install git, and see that it is on PATH.")
