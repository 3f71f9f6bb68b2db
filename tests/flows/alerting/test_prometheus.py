"""Alerts in the text format of Prometheus."""

from llmops.flows.alerting.prometheus import metrics
from tests.support.alerts import an_alert, drifting


def test_metrics_are_gauges_with_labels() -> None:
    odd = an_alert(monitor='a"b\\c', streams=(drifting(segment="metadata.lang=de"),))
    text = metrics([odd], {('a"b\\c', "open"): 1})
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert lines == [
        'llmops_alerts{monitor="a\\"b\\\\c",state="open"} 1',
        'llmops_alert_since_seconds{monitor="a\\"b\\\\c",alert="alr-1",state="open"} 1772366400',
        'llmops_alert_statistic_ratio{monitor="a\\"b\\\\c",alert="alr-1",signal="latency",segment="metadata.lang=de",'
        'promise="arl"} 1.5',
    ]
    assert text.count("# TYPE") == 3
