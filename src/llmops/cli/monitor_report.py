"""The command `monitor report`."""

from pathlib import Path
from typing import Annotated

import typer

from llmops.cli.output import emit, emit_json, here, say


def report(
    monitor: Annotated[str, typer.Argument(help="A monitor: docs, monitor/docs@3.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A .html, .md or .json file; Markdown on stdout by default.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="From then on: 2026-03-01, 7d; 30d by default.")] = None,
    maps: Annotated[bool, typer.Option("--map/--no-map", help="Embed answers for a map of them.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Write a report of a monitor: signals over time, before and now, who is served worse, a map of answers, alerts.

    Example: llmops monitor report docs -o monitor.html
    """
    from llmops.cli.values import now
    from llmops.core.errors import InputError
    from llmops.core.moments import read_start
    from llmops.core.names import parse_ref
    from llmops.flows.monitor_reports.gather import gather
    from llmops.flows.monitor_reports.page import write_page
    from llmops.flows.monitor_reports.plain import as_json as to_json
    from llmops.flows.monitor_reports.plain import write_markdown
    from llmops.presentation.figures import count

    suffix = "" if output is None else output.suffix.lower()
    if suffix not in ("", ".html", ".md", ".json"):
        raise InputError(f"{output} is no .html, .md or .json file", hint="Write for example -o monitor.html.")
    with here() as workspace:
        start = read_start(since, now()) if since else None
        maps = maps and suffix == ".html"
        found = gather(workspace.services, parse_ref(monitor, "monitor"), now=now(), since=start, maps=maps)
    if output is None:
        emit_json(to_json(found)) if as_json else emit(write_markdown(found).rstrip())
        return
    if suffix == ".html":
        text = write_page(found)
    elif suffix == ".json":
        import json

        text = json.dumps(to_json(found), ensure_ascii=False, indent=2) + "\n"
    else:
        text = write_markdown(found)
    output.write_text(text, encoding="utf-8")
    alerts = count(len(found.alerts), "alert")
    say(f"Wrote {output}: {len(found.interactions):,} interactions, {alerts}.")
