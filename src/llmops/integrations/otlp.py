"""Takes what OpenTelemetry's exporters send, and writes down the answers in it as interactions.

@api.post("/v1/traces")
async def traces(request: Request) -> Response:
    await asyncio.to_thread(log_otlp, ws, await request.body())
    return Response()
"""

from collections.abc import Mapping
from weakref import WeakKeyDictionary

from llmops.backends.otlp import read_otlp
from llmops.core.hashing import Json
from llmops.workspace.spans import SpanLog
from llmops.workspace.workspace import Workspace

_LOGS: "WeakKeyDictionary[Workspace, dict[str, SpanLog]]" = WeakKeyDictionary()


def log_otlp(workspace: Workspace, payload: bytes | str | Mapping[str, Json], *, app: str = "") -> list[str]:
    """Write down the answers of models in a payload of spans, and return the ids of their interactions.

    The conventions of OpenTelemetry (`gen_ai.*`), of OpenInference and of Traceloop are read; other attributes are kept as
    `metadata.attributes`. The same payload again adds nothing.

    Args:
        workspace: whose log it is.
        payload: an `ExportTraceServiceRequest` as JSON (bytes, text or parsed) or protobuf; it may be compressed with gzip.
        app: the app that answers, such as `docs@production`. Without it a span may name one as `llmops.app`.

    Raises:
        InputError: it is no OTLP.
        NotFound: there is no such app.
    """
    logs = _LOGS.setdefault(workspace, {})
    if app not in logs:
        logs[app] = SpanLog(workspace, app)
    return logs[app].write_down(read_otlp(payload))
