"""Local programs as receivers."""

import os
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from llmops.backends.local_command import LocalCommand
from llmops.domain.hook import Attempt, Delivery

NOW = datetime(2026, 3, 1, 12, 30, 15, tzinfo=UTC)
PYTHON = sys.executable


def delivery(body: str = '{"a": 1}') -> Delivery:
    return Delivery(id="dlv-1", event_id="evt-1", event="promote", hook="notes", body=body, created_at=NOW, due_at=NOW)


def test_it_gets_the_event_on_standard_input_in_the_workspace(tmp_path: Path) -> None:
    script = tmp_path / "tell.sh"
    script.write_text("#!/bin/sh\necho said; echo complained >&2; cat > told.json\n")
    script.chmod(0o755)
    body = '{"a": "' + "x" * 300_000 + '"}'
    assert LocalCommand(("./tell.sh",), tmp_path, 20).send(delivery(body), NOW) == Attempt()
    assert (tmp_path / "told.json").read_text() == body


def test_no_shell_reads_its_arguments(tmp_path: Path) -> None:
    command = (PYTHON, "-c", "import sys; open('told', 'w').write(sys.argv[1])", "$(touch injected); `id` && x")
    assert LocalCommand(command, tmp_path, 20).send(delivery(), NOW) == Attempt()
    assert (tmp_path / "told").read_text() == "$(touch injected); `id` && x"
    assert not (tmp_path / "injected").exists()


def test_it_need_not_read_its_input(tmp_path: Path) -> None:
    assert LocalCommand(("true",), tmp_path, 20).send(delivery("x" * 1_000_000), NOW) == Attempt()


def test_another_status_is_an_error_that_repeats_nothing(tmp_path: Path) -> None:
    command = (PYTHON, "-c", "import sys; print('secret-word'); sys.exit('secret-word')", "secret-word")
    assert LocalCommand(command, tmp_path, 20).send(delivery(), NOW) == Attempt(f"{PYTHON} ended with status 1")


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    attempt = LocalCommand(("./absent",), tmp_path, 20).send(delivery(), NOW)
    assert attempt == Attempt("./absent cannot be run: no such file or directory", reached=False)


def test_with_its_time_over_it_is_killed_with_its_children(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "alive")
    keep = os.open(tmp_path / "alive", os.O_RDONLY | os.O_NONBLOCK)
    command = ("sh", "-c", "exec 3> alive; sleep 600 & sleep 600")
    attempt = LocalCommand(command, tmp_path, 0.5).send(delivery(), NOW)
    assert attempt == Attempt("sh did not end within 0.5 s")
    os.set_blocking(keep, True)
    assert os.read(keep, 1) == b""  # nobody holds the other end any more
    os.close(keep)


def test_it_can_be_broken_off(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "started")
    sender = LocalCommand(("sh", "-c", "echo > started; sleep 600"), tmp_path, 600)
    ended: list[Attempt] = []
    thread = threading.Thread(target=lambda: ended.append(sender.send(delivery(), NOW)))
    thread.start()
    (tmp_path / "started").read_text()
    before = time.monotonic()
    sender.cancel()
    thread.join()
    assert time.monotonic() - before < 10
    assert ended == [Attempt("llmops ended before sh had", reached=False)]
    assert sender.send(delivery(), NOW) == ended[0]
