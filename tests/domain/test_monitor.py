"""Monitors as they are stored."""

import pytest
from pydantic import ValidationError

from llmops.core.hashing import Json
from llmops.domain.monitor import MonitorSpec
from llmops.domain.noun import content_of

SIGNALS = ({"signal": "length", "label": "length"},)


def monitor(**fields: Json) -> MonitorSpec:
    return MonitorSpec.model_validate({"target": {"app": "docs"}, "signals": SIGNALS, **fields})


def test_what_is_stored_has_what_it_decides_by() -> None:
    stored = content_of(monitor())
    assert stored["false_alarms"] == {"mean_run_length": 100_000, "rule": "e-d-bh"}
    assert stored["reference"] == {"last": "14d", "minimum": 200}
    assert {"segments", "on_alert", "block"} & set(stored) == set()


def test_the_strictest_rollback_decides_on_the_promise_of_actions() -> None:
    rollback = {"rollback": "app/docs@production", "within": "1h"}
    acts = [{"notify": "oncall"}, {**rollback, "false_action": 0.05}, {**rollback, "false_action": 0.01}]
    assert (monitor(on_alert=acts).false_action, monitor().false_action) == (0.01, None)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"target": {"app": "a", "model": "b"}}, "a target is exactly one of app, model; here it is both"),
        ({"target": {}}, "here it is neither"),
        ({"target": {"app": "a", "file": "x.csv"}}, "file goes with a target of model"),
        ({"reference": {"last": "soon"}}, "'soon' is no duration; Write a number and a unit"),
        ({"reference": {"since": "2026-03-01"}}, "since goes with until"),
        ({"reference": {"last": "3d", "until": "2026-03-01"}}, "not both"),
        ({"on_alert": [{"rollback": "app/docs@production"}]}, "rollback needs within and false_action"),
        ({"on_alert": [{"notify": "a", "within": "1h"}]}, "within and false_action go with rollback"),
        ({"on_alert": [{}]}, "an action is"),
        ({"segments": ["lang"]}, "'lang' is no segment; write metadata.KEY"),
        ({"segments": ["metadata.lang", "metadata.lang"]}, "stands there twice"),
        ({"false_alarms": {"mean_run_length": 0}}, "greater than or equal to 100"),
    ],
)
def test_what_no_monitor_can_be(fields: Json, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        monitor(**fields)
