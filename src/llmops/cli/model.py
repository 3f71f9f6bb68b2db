"""Commands on models: register, card, load-info."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from llmops.cli.output import emit, emit_json, emit_table, here, say

if TYPE_CHECKING:
    from llmops.core.hashing import Json
    from llmops.flows.models.needs import ModelNeeds

app = typer.Typer(
    help="Models: register, card, load-info. They are listed, shown, promoted and rolled back like everything else.",
    no_args_is_help=True,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def register(
    paths: Annotated[
        list[str], typer.Argument(help="Files or folders logged on the run, else local ones; then the name.")
    ],
    run: Annotated[
        str, typer.Option("--run", help="The run that it came from, by its id or the beginning of it.")
    ] = "",
    signature: Annotated[
        Path | None, typer.Option("--signature", help="A JSON or YAML file with inputs and outputs.", exists=True)
    ] = None,
    example: Annotated[
        Path | None, typer.Option("--example", help="A JSON file with an example of the inputs.", exists=True)
    ] = None,
    dataset: Annotated[str, typer.Option("--dataset", help="What it was trained on: NAME[@SELECTOR].")] = "",
    message: Annotated[str, typer.Option("-m", "--message", help="What it is, or why it changed.")] = "",
    as_json: AsJson = False,
) -> None:
    """Make a version of a model from files of a run, or from local ones; the same again is the same version.

    Nothing is loaded. Formats are skops, safetensors, ONNX and plain files; a pickle is kept, but never loaded.

    Example: llmops model register model.skops churn --run run-06ab
    """
    from datetime import UTC, datetime

    from llmops.core.errors import InputError
    from llmops.flows.models.register import ModelParts, register_model
    from llmops.workspace.writing import for_writing

    *files, name = paths
    if not files:
        raise InputError("a model needs at least one file", hint=f"llmops model register FILE {name}")
    with here() as workspace:
        parts = ModelParts(files, run, _read(signature), _read(example), dataset, message)
        done = register_model(for_writing(workspace), name, parts, datetime.now(UTC))
        version = done.version
        if as_json:
            emit_json({**version.model_dump(mode="json"), "created": done.created})
            return
        emit(f"model/{version.name}@{version.number}")
        say(f"{'Registered' if done.created else 'Nothing new'}: {version.digest}")


@app.command()
def card(
    ref: Annotated[str, typer.Argument(help="NAME[@SELECTOR]")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A .html or .md file; Markdown on stdout by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a model card from what is recorded: files, signature, training, metrics, evaluations, history.

    Example: llmops model card churn@production -o churn.html
    """
    from llmops.core.errors import InputError
    from llmops.core.names import parse_ref
    from llmops.evals.reports.saving import save_text
    from llmops.flows.models.card import gather_card
    from llmops.flows.models.card_page import write_markdown, write_page

    if output is not None and output.suffix.lower() not in (".html", ".md"):
        raise InputError(f"{output} is no .html or .md file", hint="Write for example -o churn.html.")
    with here() as workspace:
        found = gather_card(workspace.services, parse_ref(ref, "model"))
    if as_json:
        emit_json(found.as_json())
    if output is not None:
        text = write_page(found) if output.suffix.lower() == ".html" else write_markdown(found)
        save_text(output, lambda stream: stream.write(text))
        say(f"Wrote {output}.")
    elif not as_json:
        emit(write_markdown(found).rstrip())


@app.command(name="load-info")
def load_info(
    ref: Annotated[str, typer.Argument(help="NAME[@SELECTOR]")],
    as_json: AsJson = False,
) -> None:
    """Say what loading a model would need: formats, packages with their versions, types to be trusted, lines of Python.

    Nothing is loaded. The files are fetched and verified.

    Example: llmops model load-info churn@production
    """
    from llmops.core.names import parse_ref
    from llmops.core.settings import STATE
    from llmops.flows.models.needs import find_needs

    with here() as workspace:
        found = find_needs(workspace.services, workspace.root / STATE, parse_ref(ref, "model"))
    if as_json:
        emit_json(found.as_json())
        return
    _tell(found)


def _read(path: Path | None) -> "Json":
    from llmops.text.yaml import read_yaml

    return read_yaml(path).data if path is not None else None


def _tell(found: "ModelNeeds") -> None:
    from llmops.presentation.figures import size

    say(f"{found.ref}  {found.digest}  {size(found.size)}")
    files = [(one.file, one.says) for one in found.files]
    rows = [[file.path, file.format, size(file.size), file.digest[:19], says] for file, says in files]
    emit_table(["file", "format", "size", "digest", "says"], rows, empty="No files.")
    if found.packages:
        needed = [[p.name, p.recorded or "–", p.installed or "not installed"] for p in found.packages]
        emit_table(["package", "made with", "here"], needed, empty="")
    for one in found.files:
        if one.untrusted:
            say(f"{one.file.path} holds types that skops does not trust by itself: {', '.join(one.untrusted)}")
    if found.others:
        say("Made with: " + ", ".join(f"{name} {version}" for name, version in found.others.items()))
    emit(found.python)
