"""How commands speak: data on stdout, talk on stderr, and no escape of a model's making in between."""

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from llmops.core.errors import LlmopsError
from llmops.core.hashing import Json
from llmops.presentation.cleaning import clean

if TYPE_CHECKING:
    from llmops.domain.ports import Progress
    from llmops.presentation.progress import ProgressLine
    from llmops.workspace.workspace import Workspace


def here() -> "Workspace":
    """Open the workspace that the current folder belongs to."""
    from llmops.workspace.workspace import open_workspace

    return open_workspace()


def say(text: str = "") -> None:
    """Talk: one line on stderr."""
    print(clean(text), file=sys.stderr)


def emit(text: str) -> None:
    """Give data: text on stdout, with control characters taken out when a person looks at it."""
    print(clean(text) if sys.stdout.isatty() else text)


def emit_json(value: Json) -> None:
    """Give data as JSON on stdout."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def emit_yaml(content: Json) -> None:
    """Give data as YAML on stdout, texts of several lines as they stand."""
    import yaml

    class Dumper(yaml.SafeDumper):
        pass

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)

    Dumper.add_representer(str, text)
    emit(yaml.dump(content, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=110).rstrip())


def emit_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, empty: str) -> None:
    """Give data as a table on stdout; with no rows, say so on stderr."""
    from llmops.presentation.tables import print_table

    listed = list(rows)
    if listed:
        print_table(columns, listed)
    else:
        say(empty)


def complain(error: LlmopsError) -> None:
    """Say what happened and what to type next."""
    red, plain = ("\033[31m", "\033[0m") if sys.stderr.isatty() and not os.environ.get("NO_COLOR") else ("", "")
    print(f"{red}error:{plain} {clean(error.message)}", file=sys.stderr)
    if error.hint:
        print(clean(error.hint), file=sys.stderr)


def progress() -> "ProgressLine":
    """A progress bar on stderr, for a `with` block."""
    from llmops.presentation.progress import progress_on_stderr

    return progress_on_stderr()


@contextmanager
def watch(*, quiet: bool) -> "Iterator[Progress]":
    """A progress bar with running scores on stderr; nothing where only data is wanted."""
    from llmops.domain.ports import no_progress
    from llmops.presentation.live import LiveScores

    if quiet:
        yield no_progress
        return
    with LiveScores(sys.stderr) as live:
        yield live
