"""How the training of a classifier is carried out and shown."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from llmops.cli.guard_quality import read_dataset
from llmops.cli.output import emit, emit_json, say
from llmops.core.errors import InputError, OutsideError
from llmops.presentation.figures import percent

if TYPE_CHECKING:
    from llmops.core.hashing import Json
    from llmops.guard.quality.summary import Quality, Rate
    from llmops.guard.quality.trials import Labelled

ENDING: Final = ".skops"


def read_texts(datasets: Sequence[str], split: str | None) -> "list[Labelled]":
    """The labelled texts of several datasets.

    Raises:
        InputError: there are none of a kind, or no text has the key to split by.
    """
    from llmops.guard.quality.trials import read_labelled

    cases = read_labelled([case for dataset in datasets for case in read_dataset(dataset)], group=split or "group")
    if split is not None and (bare := [case.id for case in cases if not case.group]):
        raise InputError(
            f"{len(bare)} texts have no metadata.{split}, {bare[0]} among them", hint="Name a key that all texts have."
        )
    return cases


def check_output(path: Path) -> None:
    """Refuse a place where no classifier is looked for, before anything is trained.

    Raises:
        InputError: the name does not end in .skops.
    """
    if path.suffix != ENDING:
        raise InputError(f"{path} does not end in {ENDING}", hint=f"Write -o {path.with_suffix(ENDING)}")


def save(path: Path, cases: "Sequence[Labelled]", split: str | None) -> str:
    """Train on all texts, write the file, and return its digest.

    Raises:
        OutsideError: the file cannot be written.
    """
    from llmops.core.hashing import digest_bytes
    from llmops.guard.trained.files import dump_classifier
    from llmops.guard.trained.measuring import examples_of
    from llmops.guard.trained.training import train

    content = dump_classifier(train(examples_of(cases, split=split is not None)))
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(content)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise OutsideError(
            f"{path} could not be written: {error.strerror or error}", hint="Name a folder that can be written."
        ) from error
    return digest_bytes(content)


def show(qualities: "dict[str, Quality]", path: Path, digest: str, least: float) -> None:
    """Print the shares side by side, and what to write in a policy."""
    from llmops.guard.quality.page import rates
    from llmops.presentation.tables import print_table

    columns = [dict(rates(quality)) for quality in qualities.values()]
    names = [name for name, _ in rates(next(iter(qualities.values())))]
    rows = [[name, *(_share(column[name]) for column in columns)] for name in names]
    print_table(["held out", *qualities], rows, right=[1, 2])
    for name, quality in qualities.items():
        if quality.at_limit.reason:
            say(f"recall at 1 % false positives by {name}: {quality.at_limit.reason}")
        elif quality.at_limit.threshold is not None:
            say(f"1 % false positives by {name}: reached with scores of {quality.at_limit.threshold:.3f} and more")
    say(f"{path} · {digest}")
    emit("")
    emit(f"- classifier: {{file: {path.as_posix()}, min: {least:g}, action: block}}")


def show_json(qualities: "dict[str, Quality]", path: Path, digest: str) -> None:
    """Print the numbers as JSON."""
    told: Json = {name: quality.as_value() for name, quality in qualities.items()}
    for quality in told.values():
        del quality["seconds"], quality["groups"]
    emit_json({"file": path.as_posix(), "digest": digest, "held_out": told})


def _share(rate: "Rate") -> str:
    if rate.value is None or rate.low is None or rate.high is None:
        return "–"
    return f"{percent(rate.value)} ({percent(rate.low)} – {percent(rate.high)}) of {rate.n:,}"
