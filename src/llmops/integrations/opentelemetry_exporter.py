"""An exporter for OpenTelemetry's SDK: what instrumented clients of models do in this process becomes interactions.

provider.add_span_processor(BatchSpanProcessor(InteractionExporter(ws, app="docs@production")))
"""

import logging
from collections.abc import Sequence

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from llmops.backends.otlp import from_sdk
from llmops.core.errors import LlmopsError
from llmops.workspace.spans import SpanLog
from llmops.workspace.workspace import Workspace

_LOG = logging.getLogger("llmops.log")


class InteractionExporter(SpanExporter):
    """Writes down the answers of models among the spans of this process.

    Args:
        workspace: whose log it is.
        app: the app that answers, such as `docs@production`.
    """

    def __init__(self, workspace: Workspace, app: str = "") -> None:
        self._workspace = workspace
        self._log = SpanLog(workspace, app)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Take over spans; what cannot be written down is said in the log of the process, and breaks nothing."""
        try:
            self._log.write_down([from_sdk(span) for span in spans])
        except LlmopsError as error:
            _LOG.warning("spans are not written down: %s", error)
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Have everything written down now."""
        self._workspace.log.flush()
        return True

    def shutdown(self) -> None:
        """Have everything written down; the workspace stays open."""
        self._workspace.log.flush()
