"""Recorded runs side by side in the terminal."""

import io

from llmops.tracking.compare import contrast
from llmops.tracking.comparison_terminal import print_contrast, print_curves
from tests.support.records import make_record


def test_a_few_runs_stand_side_by_side() -> None:
    out = io.StringIO()
    records = [
        make_record(1, {"lr": "0.1", "epochs": "3"}, {"auc": 0.8}, name="small"),
        make_record(2, {"lr": "0.2", "epochs": "3"}, {"auc": 0.75}, name="large"),
    ]
    print_contrast(contrast(records), file=out)
    lines = [line.split() for line in out.getvalue().splitlines()]
    assert lines[0] == ["small", "large"]
    assert ["params.lr", "0.1", "0.2"] in lines
    assert ["metrics.auc", "0.8", "0.75", "(−0.05)"] in lines
    assert "Alike in all: epochs=3" in out.getvalue()


def test_many_runs_have_a_line_each_and_a_summary() -> None:
    out = io.StringIO()
    print_contrast(contrast([make_record(n, {"lr": f"{n}"}, {"auc": float(n)}) for n in range(50)]), file=out)
    said = out.getvalue()
    assert "… and 10 more runs" in said
    assert [line.split() for line in said.splitlines()][-1] == ["auc", "0", "24.5", "49", "50", "run-0", "run-49"]


def test_curves_share_a_scale() -> None:
    out = io.StringIO()
    records = [make_record(1, {}, {"loss": 0.0}, name="a", points=2), make_record(2, {}, {"loss": 1.0}, name="b")]
    print_curves(contrast(records), {"loss": {"run-1": [(0, 1.0), (1, 0.0)]}}, file=out)
    lines = [line.split() for line in out.getvalue().splitlines()]
    assert lines[0] == ["loss"]
    assert lines[2] == ["a", "█▁", "0", "0", "0", "2"]
    assert lines[3] == ["b", "·" * 31 + "●", "1", "1", "1", "1"]
