"""The part of the page about repeats."""

from llmops.evals.reports.sections.repeats import repeats
from llmops.evals.reports.sections.section import Material
from tests.support.eval_runs import binary, dossier, result


def test_spread_pass_at_k_and_wavering_cases_are_tables() -> None:
    rows = [
        result(f"<c{i:02}>", float(i < 20 or repeat == i % 3), repeat=repeat) for i in range(30) for repeat in range(3)
    ]
    section = repeats(Material.of(dossier(rows)))
    assert section is not None
    text = section.body
    assert 'aria-label="Components of variance"' in text
    assert "<td>66.7 %</td><td>30</td>" in text
    assert "<td>&lt;c20&gt;</td><td>3</td><td>1</td>" in text


def test_without_repeats_there_is_nothing() -> None:
    assert repeats(Material.of(dossier(binary(5, 5)))) is None
