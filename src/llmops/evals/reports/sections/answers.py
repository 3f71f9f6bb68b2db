"""The answers to look at first: the worst ones, and those of cases whose scores changed."""

from collections.abc import Sequence

from llmops.domain.evaluation import CaseResult
from llmops.evals.compare import Change, find_changes
from llmops.evals.reports.dossier import Results
from llmops.evals.reports.html_cases import case_card, change_card
from llmops.evals.reports.sections.section import MOST_CASES, Material, Section
from llmops.presentation.figures import count
from llmops.presentation.html import element, join


def worst(material: Material) -> Section:
    """The worst answers, folded."""
    found, units = material.worst, material.units
    if not found:
        said = element("p", "No answer failed, fell short of a full score or misses one.")
        return Section("cases", "Worst answers", said)
    answers = material.observed.results
    told = f"{count(len(found), 'answer')} of {answers:,}, worst first: failed, then by scorers failed and scores lost."
    cards = (case_card(r, units, is_open=i == 0) for i, r in enumerate(found))
    return Section("cases", "Worst answers", join([element("p", told, class_="soft"), *cards]))


def changes(material: Material) -> Section | None:
    """The cases whose scores changed, the greatest losses first, with the answers of both runs."""
    before, baseline = material.before, material.dossier.baseline
    if before is None or baseline is None or material.report.comparison is None:
        return None
    changed: dict[str, list[Change]] = {}
    for change in find_changes(material.observed, before, material.compared):
        changed.setdefault(change.case_id, []).append(change)
    if not changed:
        return Section("changes", "Changed cases", element("p", "No case changed its scores."))
    shown = list(changed.items())[:MOST_CASES]
    new, old = _answers(material.dossier.results, shown), _answers(baseline, shown)
    cards = (change_card(changes, old.get(name), new.get(name), material.units) for name, changes in shown)
    told = f"{count(len(changed), 'case')} changed, the greatest losses first"
    more = f"; {len(shown)} are shown" if len(shown) < len(changed) else ""
    return Section("changes", "Changed cases", join([element("p", told + more, class_="soft"), *cards]))


def _answers(results: Results, shown: Sequence[tuple[str, list[Change]]]) -> dict[str, CaseResult]:
    """The answers to the changed cases, the first repeat of each."""
    wanted = {name for name, _ in shown}
    found: dict[str, CaseResult] = {}
    for result in results():
        name = result.case_id
        if name in wanted and (name not in found or result.repeat < found[name].repeat):
            found[name] = result
    return found
