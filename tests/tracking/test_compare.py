"""What tells recorded runs apart."""

from llmops.tracking.compare import axis_values, contrast, contrast_json
from tests.support.records import make_record

RECORDS = [
    make_record(1, {"lr": "0.1", "epochs": "3", "extra": "x"}, {"auc": 0.8, "system/cpu_percent": 9.0}),
    make_record(2, {"lr": "0.2", "epochs": "3"}, {"auc": None, "loss": 0.5}),
]


def test_parameters_that_differ_and_those_that_do_not() -> None:
    found = contrast(RECORDS)
    assert found.varied == {"lr": ("0.1", "0.2"), "extra": ("x", None)}
    assert found.shared == {"epochs": "3"}
    assert found.refs == {"commit": ("abc1", "abc2")}
    assert list(found.metrics) == ["auc", "loss"]  # what most runs have first, nothing of the machine
    assert (found.numbers("auc"), found.numbers("loss")) == ([0.8, None], [None, 0.5])


def test_wanted_metrics_stand_in_the_order_they_were_named() -> None:
    assert list(contrast(RECORDS, ["loss", "system/cpu_percent"]).metrics) == ["loss", "system/cpu_percent"]


def test_parameters_are_numbers_where_all_are() -> None:
    assert axis_values(["1", None, "1e-3"]) == [1.0, None, 0.001]
    assert axis_values(["1", "auto"]) == ["1", "auto"]


def test_as_json() -> None:
    found = contrast_json(contrast(RECORDS))
    assert [run["id"] for run in found["runs"]] == ["run-1", "run-2"]
    assert found["params"] == {"varied": {"lr": ["0.1", "0.2"], "extra": ["x", None]}, "shared": {"epochs": "3"}}
    assert (found["metrics"]["auc"][0]["value"], found["metrics"]["loss"][0]) == (0.8, None)
