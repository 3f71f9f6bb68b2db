"""A runnable workspace out of nothing."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from llmops.core.errors import InputError, StoreError
from llmops.core.names import did_you_mean

NEXT_STEPS = {
    "rag": (
        "llmops register            # files become versions",
        "llmops index sync docs     # documents become searchable",
        'llmops ask app/docs "How long do I have to return something?"',
        "llmops eval docs --report report.html",
    ),
    "chat": (
        "llmops register            # files become versions",
        "llmops render prompt/greet -v name=Ada",
        "llmops eval greet --report report.html",
    ),
    "classic": (
        'pip install "llmops[classifier]"',
        "python train.py            # a recorded run, and model/churn@1",
        "llmops register            # the suite, its cases, and the rules of llmops.toml",
        "llmops eval churn --target model/churn@1",
        "llmops promote model/churn@1 --to production",
    ),
}
_ENDING = ".template"  # of what would be a module of this package otherwise


def scaffold(directory: Path, template: str) -> tuple[list[Path], list[Path]]:
    """Write the files of a template; returns those written and those that were there already and were kept.

    Raises:
        InputError: there is no such template.
        StoreError: the folder cannot be written.
    """
    source = files("llmops") / "templates" / template
    if template not in NEXT_STEPS:
        raise InputError(f"there is no template {template!r}", hint=did_you_mean(template, NEXT_STEPS))
    written: list[Path] = []
    kept: list[Path] = []
    for relative, item in _walk(source, Path()):
        path = directory / relative
        if path.exists():
            kept.append(path)
            continue
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(item.read_bytes())
        except OSError as error:
            raise StoreError(
                f"{path} cannot be written: {error.strerror}", hint="Choose a folder you may write to."
            ) from error
        written.append(path)
    return written, kept


def _walk(folder: Traversable, prefix: Path) -> list[tuple[Path, Traversable]]:
    found: list[tuple[Path, Traversable]] = []
    for item in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if item.is_dir():
            found += _walk(item, prefix / item.name)
        elif item.name != "__init__.py":
            found.append((prefix / item.name.removesuffix(_ENDING), item))
    return found
