"""Export a workspace's versions and evidence, import them into another store, and bring in the files of other tools."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal, get_args

from llmops.core.errors import InputError, InvalidFile
from llmops.core.names import Ref, did_you_mean
from llmops.flows.services import Services
from llmops.registry.exchange.exporting import Exported, export
from llmops.registry.exchange.foreign.conversion import Conversion, Remark
from llmops.registry.exchange.foreign.placing import Placed, place
from llmops.registry.exchange.importing import Imported, import_export
from llmops.text.json_document import parse_json
from llmops.text.yaml import YamlDocument, read_text

Tool = Literal["promptfoo", "langfuse", "mlflow", "prompty", "dotprompt"]
TOOLS: Final[tuple[Tool, ...]] = get_args(Tool)

_PATTERNS: Final[dict[Tool, tuple[str, ...]]] = {
    "promptfoo": ("promptfooconfig.yaml", "promptfooconfig.yml", "promptfooconfig.json"),
    "langfuse": ("*.json",),
    "mlflow": ("*.json",),
    "prompty": ("**/*.prompty",),
    "dotprompt": ("**/*.prompt",),
}


@dataclass(frozen=True, slots=True)
class Converted:
    """What became of the files of another tool, and what could not be converted."""

    files: tuple[Placed, ...]
    remarks: tuple[Remark, ...]


def export_store(
    services: Services, target: Path, refs: Sequence[Ref] = (), *, at: datetime | None = None, evidence: bool = False
) -> Exported:
    """Write versions and the history of aliases, and with `evidence` runs, to a folder, `.tar` or `.tar.gz`."""
    return export(services.registry, target, refs, at=at, evidence=evidence)


def import_store(services: Services, path: Path, *, dry_run: bool = False) -> Imported:
    """Bring an export into the store; a second time does nothing."""
    return import_export(services.store, path, dry_run=dry_run)


def import_foreign(services: Services, path: str, tool: str, *, dry_run: bool = False) -> Converted:
    """Write workspace files from those of another tool; none is overwritten.

    Args:
        path: a file or folder; for mlflow also the address of a registry.
        tool: one of TOOLS.

    Raises:
        InputError: the tool is not known, nothing is there, or mlflow is not installed.
        InvalidFile: the only file is none of that tool.
    """
    known = next((name for name in TOOLS if name == tool), None)
    if known is None:
        raise InputError(f"files of {tool!r} cannot be imported", hint=did_you_mean(tool, TOOLS))
    conversion = Conversion()
    if known == "mlflow" and Path(path).suffix != ".json" and not any(Path(path).glob("*.json")):
        from llmops.backends.mlflow_prompts import fetch_prompts
        from llmops.registry.exchange.foreign.mlflow import convert_mlflow

        convert_mlflow(conversion, YamlDocument(path, fetch_prompts(path), {}))
    else:
        files = _find(Path(path), known)
        for file, name in files:
            try:
                _convert(conversion, known, file, name)
            except InvalidFile as error:
                if len(files) == 1:
                    raise
                conversion.note_line(error.path, error.line, f"this file was left out: {error.problem}")
    placed, remarks = place(services.registry, conversion, dry_run=dry_run)
    return Converted(tuple(placed), tuple(remarks))


def _find(path: Path, tool: Tool) -> list[tuple[Path, str]]:
    """The files of a tool, each with its name: the path below the folder, without its ending."""
    if path.is_file():
        return [(path, path.stem)]
    found = sorted({file for pattern in _PATTERNS[tool] for file in path.glob(pattern) if file.is_file()})
    if not found:
        what = "there is nothing" if not path.exists() else f"there is no file of {tool}"
        raise InputError(f"{what} at {path}", hint=f"Name a file, or a folder with {', '.join(_PATTERNS[tool])}.")
    found.sort(key=lambda file: not file.name.startswith("_"))  # partials first, so that their inputs are known
    return [(file, file.relative_to(path).with_suffix("").as_posix()) for file in found]


def _convert(conversion: Conversion, tool: Tool, file: Path, name: str) -> None:
    from llmops.registry.exchange.foreign import dotprompt, langfuse, mlflow, promptfoo, prompty

    text, shown = read_text(file), str(file)
    if tool == "promptfoo":
        promptfoo.convert_promptfoo(conversion, text, shown, file.parent)
    elif tool == "langfuse":
        langfuse.convert_langfuse(conversion, text, shown)
    elif tool == "mlflow":
        mlflow.convert_mlflow(conversion, parse_json(text, shown))
    elif tool == "prompty":
        prompty.convert_prompty(conversion, text, shown, name)
    else:
        dotprompt.convert_dotprompt(conversion, text, shown, name)
