"""Judges and people on the page."""

from llmops.evals.calibration import calibrate
from llmops.evals.reports.sections.judges import judges
from llmops.evals.reports.sections.section import Material
from tests.support.eval_runs import binary, dossier, report
from tests.support.labelled import evidence, judged_results


def test_agreement_and_confusion_are_tables() -> None:
    results = judged_results(200, 0.8)
    known = report(results).model_copy(update={"calibrations": (calibrate(evidence(results, 60)),)})
    section = judges(Material.of(dossier(results, report=known)))
    assert section is not None
    assert 'aria-label="Judges against people"' in section.body
    assert 'aria-label="Confusion of contains"' in section.body


def test_without_judges_there_is_no_section() -> None:
    assert judges(Material.of(dossier(binary(3, 3)))) is None
