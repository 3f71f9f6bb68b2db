"""The commands `monitor export` and `monitor merge`: one monitor at several sites."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from llmops.cli.monitor_tables import show_statuses
from llmops.cli.output import emit_json, here, say

if TYPE_CHECKING:
    from llmops.core.hashing import Json


def export(
    monitor: Annotated[str, typer.Argument(help="A monitor: docs, monitor/docs@3.")],
    site: Annotated[
        str | None, typer.Option(help="What to call this site; the name of the machine by default.")
    ] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="A file; stdout by default.")] = None,
) -> None:
    """Write what this site knows of a monitor, for others to merge: numbers, and no text of any interaction.

    Example: llmops monitor export docs --site frankfurt > frankfurt.json
    """
    import json

    from llmops.core.names import parse_ref
    from llmops.flows.watching.sites import export_state

    with here() as workspace:
        state = export_state(workspace.services, parse_ref(monitor, "monitor"), site=site)
    if output is None:
        emit_json(state)
        return
    output.write_text(json.dumps(state, ensure_ascii=False) + "\n", encoding="utf-8")
    say(f"Wrote {output}: {state['interactions']:,} interactions of {state['site']}.")


def merge(
    monitor: Annotated[str, typer.Argument(help="A monitor: docs.")],
    states: Annotated[list[Path], typer.Argument(help="Files of `llmops monitor export`, one a site.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="A report: a .html, .md or .json file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show how a monitor stands at all its sites together. Exit code 1 says that a stream drifts.

    Example: llmops monitor merge docs frankfurt.json paris.json
    """
    from llmops.core.errors import InputError
    from llmops.core.names import parse_ref
    from llmops.flows.monitor_reports.sites import sites_as_json, write_sites_markdown, write_sites_page
    from llmops.flows.watching.sites import merge_states
    from llmops.presentation.figures import count

    suffix = "" if output is None else output.suffix.lower()
    if suffix not in ("", ".html", ".md", ".json") or (output is not None and not suffix):
        raise InputError(f"{output} is no .html, .md or .json file", hint="Write for example -o monitor.html.")
    merged = merge_states(parse_ref(monitor, "monitor").name, {str(path): _read(path) for path in states})
    if as_json:
        emit_json(sites_as_json(merged))
    else:
        show_statuses(merged.statuses)
    for note in merged.notes:
        say(note)
    if output is not None:
        import json

        told = json.dumps(sites_as_json(merged), ensure_ascii=False, indent=2) + "\n" if suffix == ".json" else ""
        written = {".html": write_sites_page, ".md": write_sites_markdown}
        output.write_text(told or written[suffix](merged), encoding="utf-8")
        say(f"Wrote {output}.")
    drifting = sum(status.state == "drift" for status in merged.statuses)
    places = count(len(merged.sites), "site")
    said = f"{drifting} of {len(merged.statuses)} streams drift" if drifting else "no drift"
    say(f"monitor/{merged.monitor}: {merged.interactions:,} interactions at {places}, {said}.")
    if merged.drifts:
        raise typer.Exit(1)


def _read(path: Path) -> "Json":
    import json

    from llmops.core.errors import InvalidFile

    hint = "Write it at its site: llmops monitor export NAME > state.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_constant)
    except OSError as error:
        raise InvalidFile(path, f"cannot be read: {error.strerror or error}", hint=hint) from error
    except (ValueError, RecursionError) as error:
        raise InvalidFile(path, f"is no state of a monitor: {error}", hint=hint) from error


def _no_constant(name: str) -> "Json":
    raise ValueError(f"{name} is no number")
