"""The page about recorded runs."""

from llmops.tracking.compare import contrast
from llmops.tracking.comparison_page import comparison_page, curve_keys
from tests.support.records import make_record


def test_the_page_has_every_picture_and_table() -> None:
    records = [
        make_record(n, {"lr": str(0.1**n), "optimizer": word, "epochs": "3"}, {"auc": 0.5 + n / 10}, points=2)
        for n, word in enumerate(["adam", "sgd", "<script>"])
    ]
    found = contrast(records)
    assert curve_keys(found) == ["auc"]
    text = comparison_page(found, {"auc": {"run-0": [(0, 0.4), (1, 0.5)]}}, title="churn")
    assert text.count("<svg") == 1 + 1 + 2
    assert all(
        words in text for words in ("auc by lr", "auc by optimizer", "0.7 ▲", "0.5 ▼", "1 parameter alike in all runs")
    )
    assert "The shade follows auc" in text
    assert "different surroundings: commit" in text
    assert "baseline run-0: 0.5 at step 1" in text
    assert "<script" not in text


def test_one_run_without_metrics_is_a_table() -> None:
    text = comparison_page(contrast([make_record(1, {"lr": "1"}, {})]), {}, title="churn")
    assert "<svg" not in text
    assert "run-1" in text


def test_thousands_of_runs_are_one_picture_and_the_first_rows() -> None:
    records = [make_record(n, {"lr": str(n)}, {"auc": n / 3000}) for n in range(3000)]
    text = comparison_page(contrast(records), {}, title="churn")
    assert text.count("<polyline") == 3000
    assert text.count("<tr>") == 2 * 501  # the runs, and their commits
    assert "The first 500 of 3,000 runs" in text
    assert len(text) < 3_000_000
