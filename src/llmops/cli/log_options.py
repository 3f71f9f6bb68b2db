"""What interactions a command is about, as options and as a question to the log."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from llmops.domain.interaction import Wanted
    from llmops.workspace.workspace import Workspace

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AppName = Annotated[
    str | None, typer.Option("--app", help="Only of this app: app/docs, or app/docs@3 for one version.")
]
Segment = Annotated[list[str] | None, typer.Option("--segment", help="Only with this metadata: KEY=VALUE. Repeatable.")]
Since = Annotated[str | None, typer.Option(help="Only from then on: 2026-03-01, '2026-03-01 14:30', 2h.")]
Until = Annotated[str | None, typer.Option(help="Only before then.")]
Words = Annotated[str | None, typer.Option("--text", help="Only with all these words in question or answer.")]
Verdict = Annotated[str | None, typer.Option("--verdict", help="allow, flag, redact, block or error.")]
Least = Annotated[float | None, typer.Option("--min-score", help="Only with at least this score.")]
Most = Annotated[float | None, typer.Option("--max-score", help="Only with at most this score.")]
User = Annotated[str | None, typer.Option("--user", help="Only of this user, as your application calls them.")]
OfAlert = Annotated[str | None, typer.Option("--alert", help="Only those that an alert is about, by its id.")]
Session = Annotated[str | None, typer.Option("--session", help="Only of this conversation.")]


def wanted_of(workspace: "Workspace", *, limit: int, **given: object) -> "Wanted":
    """What the options ask for."""
    from llmops.cli.values import choice, now, read_tags
    from llmops.core.moments import read_start
    from llmops.core.names import parse_ref
    from llmops.domain.interaction import Wanted

    text, pairs, moment = str(given.get("text") or ""), given.get("segment"), now()
    segments = read_tags(str(pair).removeprefix("metadata.") for pair in pairs) if isinstance(pairs, list) else {}
    wanted: dict[str, object] = {"limit": limit, "text": text, "segments": segments}
    if given.get("alert"):
        alert = workspace.store.alerts.get(str(given.get("alert")))
        wanted |= alert.wanted | {"segments": {**alert.segments, **segments}}
    if given.get("app"):
        ref = parse_ref(str(given.get("app")), "app")
        wanted["app"] = ref.name
        if ref.selector is not None:
            wanted["version"] = workspace.registry.resolve(ref).digest
    for name in ("since", "until"):
        if given.get(name):
            wanted[name] = read_start(str(given.get(name)), moment)
    for name in ("user", "session"):
        if given.get(name):
            wanted[name] = workspace.hashed(str(given.get(name)))
    known = ("allow", "flag", "redact", "block", "error")
    said = given.get("verdict")
    wanted["action"] = choice(None if said is None else str(said), known, "--verdict")
    return Wanted.model_validate({**wanted, "min_score": given.get("min_score"), "max_score": given.get("max_score")})
