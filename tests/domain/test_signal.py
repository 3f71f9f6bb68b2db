"""What a monitor says of a stream, as others keep it."""

from llmops.domain.alert import stream_of
from llmops.domain.signal import SignalStatus
from tests.support.interactions import BEGAN


def test_a_status_is_what_alerts_take() -> None:
    status = SignalStatus(
        monitor="docs",
        signal="latency",
        segment="metadata.lang=de",
        state="drift",
        statistic=2e5,
        threshold=1e5,
        since=BEGAN,
    )
    stream = stream_of(status, BEGAN)
    assert (stream.name, stream.drifting, stream.promise) == ("latency [metadata.lang=de]", True, "arl")
    assert SignalStatus.model_validate_json(status.model_dump_json()) == status
