"""A report with its results."""

from tests.support.eval_runs import binary, dossier


def test_results_can_be_streamed_again_and_again() -> None:
    found = dossier(binary(3, 0))
    assert [r.case_id for r in found.results()] == [r.case_id for r in found.results()]
    assert found.baseline is None
