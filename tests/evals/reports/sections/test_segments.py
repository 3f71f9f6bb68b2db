"""Segments on the page."""

from llmops.domain.evaluation import Score
from llmops.evals.reports.sections.section import Material
from llmops.evals.reports.sections.segments import segments
from tests.support.eval_runs import binary, dossier, loaded, result


def test_segments_are_drawn() -> None:
    rows = [result(f"c{i}", Score(value=i / 20), metadata={"topic": "ab"[i % 2]}) for i in range(20)]
    section = segments(Material.of(dossier(rows)))
    assert section is not None
    assert "contains by metadata.topic" in section.body
    assert "0.450 · n = 10" in section.body


def test_seconds_are_drawn_from_zero() -> None:
    slow = loaded(span=None, direction="lower", unit="s")
    rows = [result(f"c{i}", Score(value=1.0 + i), metadata={"topic": "ab"[i % 2]}) for i in range(20)]
    section = segments(Material.of(dossier(rows, slow)))
    assert section is not None
    assert "contains by metadata.topic" in section.body


def test_large_segments_are_compared_with_the_rest() -> None:
    rows = [result(f"c{i}", Score(value=i / 60), metadata={"topic": "ab"[i % 2]}) for i in range(60)]
    section = segments(Material.of(dossier(rows)))
    assert section is not None
    assert 'aria-label="Segments against the rest"' in section.body
    assert "+0.017 (−0.135 to +0.168)" in section.body


def test_without_segments_there_is_no_section() -> None:
    assert segments(Material.of(dossier(binary(3, 0)))) is None
