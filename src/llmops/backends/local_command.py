"""Run a local program for an event: arguments as a list, no shell, the event as JSON on its standard input."""

import os
import signal
import subprocess
import threading
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from llmops.domain.hook import Attempt, Delivery


@dataclass(slots=True)
class LocalCommand:
    """A receiver that is a program. It runs in `folder`; what it prints goes nowhere, since it may hold anything."""

    command: tuple[str, ...]
    folder: Path
    timeout: float
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _under_way: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)
    _cancelled: bool = field(default=False, repr=False)

    def send(self, delivery: Delivery, now: datetime) -> Attempt:
        """Run the program once; any exit status but 0 is an error. With its time over, it is killed with its children."""
        try:
            process = self._start()
        except OSError as error:
            return Attempt(
                f"{self.command[0]} cannot be run: {(error.strerror or 'no reason given').lower()}", reached=False
            )
        if process is None:
            return self._broken_off()
        with process:
            try:
                process.communicate(delivery.body.encode(), timeout=self.timeout)
            except subprocess.TimeoutExpired:
                _kill(process)
                return Attempt(f"{self.command[0]} did not end within {self.timeout:g} s")
        with self._lock:
            self._under_way = None
        if process.returncode == 0:
            return Attempt()
        if self._cancelled:
            return self._broken_off()
        return Attempt(f"{self.command[0]} ended with status {process.returncode}")

    def cancel(self) -> None:
        """Kill the program if it runs, and start it no more."""
        with self._lock:
            self._cancelled = True
            if self._under_way is not None:
                _kill(self._under_way)

    def _start(self) -> "subprocess.Popen[bytes] | None":
        with self._lock:
            if self._cancelled:
                return None
            self._under_way = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=self.folder,
                start_new_session=True,
            )
            return self._under_way

    def _broken_off(self) -> Attempt:
        return Attempt(f"llmops ended before {self.command[0]} had", reached=False)


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """Kill a program and what it started."""
    if process.poll() is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            process.kill()
