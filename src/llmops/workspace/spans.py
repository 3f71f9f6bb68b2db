"""Spans of OpenTelemetry, written down in the log of a workspace."""

from collections.abc import Sequence
from dataclasses import replace

from llmops.domain.trace import Span
from llmops.flows.interactions.spans import SpanReader
from llmops.workspace.workspace import Workspace
from llmops.workspace.writing import for_writing


class SpanLog:
    """Writes down the answers among spans, in the background; threads may share it.

    Args:
        workspace: whose log it is. A store is created where there is none.
        app: the app that answers, such as `docs@production`: its policy redacts, and its digests of that moment are recorded.
    """

    def __init__(self, workspace: Workspace, app: str = "") -> None:
        self._workspace = workspace
        self._app = app
        self._reader = SpanReader(app)

    def write_down(self, spans: Sequence[Span]) -> list[str]:
        """The ids of the interactions; nothing for spans that are about something else.

        Raises:
            NotFound: there is no such app.
        """
        entries = self._reader.read(spans)
        if not entries:
            return []
        for_writing(self._workspace)
        for entry in entries:
            if self._app:
                held = self._workspace.app(self._app).pin(user=entry.user, session=entry.session)
                reply = entry.reply.model_copy(update={"refs": {**held.refs, **entry.reply.refs}})
                policy = held.policy.policy if held.policy is not None else None
                entry = replace(entry, reply=reply, policy=policy)
            self._workspace.log.put(entry)
        return [entry.reply.id for entry in entries]
