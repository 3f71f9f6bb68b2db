"""Saves a report as a file; the file's name says in which format."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO, cast

from llmops.core.catalog import load
from llmops.core.errors import InputError, OutsideError
from llmops.evals.reports.dossier import Dossier

if TYPE_CHECKING:
    from llmops.evals.reports.history import Past

# By name, because an evaluation that writes no page should not pay for the charts of one.
WRITERS: Final[dict[str, str]] = {
    ".html": "llmops.evals.reports.html_report:write_html",
    ".md": "llmops.evals.reports.markdown_report:write_markdown",
    ".csv": "llmops.evals.reports.formats:write_csv",
    ".json": "llmops.evals.reports.formats:write_json",
}


def check_format(path: Path) -> None:
    """Refuse a file name that names no format, before anything is run.

    Raises:
        InputError: the name ends in none of .html, .md, .csv and .json.
    """
    if path.suffix.lower() not in WRITERS:
        ending = f"ends in {path.suffix!r}" if path.suffix else "has no ending"
        raise InputError(
            f"{path} {ending}, which names no report format", hint=f"Use one of {', '.join(WRITERS)}; XML is --junit."
        )


def save_report(dossier: Dossier, path: Path) -> None:
    """Save as .html, .md, .csv or .json; the file appears whole or not at all.

    Raises:
        InputError: the name ends in none of these.
        OutsideError: the file cannot be written.
    """
    check_format(path)
    write = cast(Callable[[Dossier, TextIO], None], load(WRITERS[path.suffix.lower()]))
    save_text(path, lambda stream: write(dossier, stream))


def save_junit(dossier: Dossier, path: Path, *, allow_unknown: bool = False) -> None:
    """Save JUnit XML; raises OutsideError where the file cannot be written."""
    from llmops.evals.reports.formats import write_junit

    save_text(path, lambda stream: write_junit(dossier, stream, allow_unknown=allow_unknown))


def save_history(history: "Sequence[Past]", labels: Sequence[str], path: Path) -> None:
    """Save the page of scores over time.

    Raises:
        InputError: the name does not end in .html.
        OutsideError: the file cannot be written.
    """
    from llmops.evals.reports.history import write_history

    check_page(path)
    save_text(path, lambda stream: write_history(history, labels, stream))


def save_page(text: str, path: Path) -> None:
    """Save a page that is made already; raises like `save_history`."""
    check_page(path)
    save_text(path, lambda stream: stream.write(text))


def check_page(path: Path) -> None:
    """Refuse a file name that is not a page's."""
    if path.suffix.lower() != ".html":
        raise InputError(f"{path} does not end in .html", hint=f"Write -o {path.with_suffix('.html').name}")


def save_text(path: Path, write: Callable[[TextIO], object]) -> None:
    """Save what is written; the file appears whole or not at all. Raises OutsideError where it cannot be written."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            # What no encoding can write (half a surrogate pair, from a broken model) is spelled out.
            with part.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
                write(stream)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise OutsideError(
            f"{path} could not be written: {error.strerror or error}",
            hint="Name a file in a folder that can be written and has room. The results are stored: llmops runs export.",
        ) from error
