"""The case browser: search, filters, answers side by side with those of the baseline, repeats, contexts, reasons.

A reader whose browser runs no script sees the worst answers instead, as folded cards.
"""

from llmops.evals.reports.case_index import Numbers, browse
from llmops.evals.reports.html_cases import case_card
from llmops.evals.reports.sections.section import Material, Section
from llmops.presentation.browser import frame
from llmops.presentation.figures import count
from llmops.presentation.html import Html, element, join
from llmops.presentation.packing import block, pack


def cases(material: Material) -> Section | None:
    """The browser over all cases; a large run shows the worst ones of it."""
    observed = material.observed
    if not observed.results:
        return None
    found = browse(material.dossier, Numbers(observed, material.before, material.compared))
    blocks = [block(f"records-{place}", packed) for place, packed in enumerate(found.chunks)]
    told = _told(found.shown, observed.cases, found.tightest, material.report.run_id)
    return Section(
        "cases",
        "Cases",
        join([told, frame(), _without_script(material), *blocks, block("records-index", pack(found.index))]),
        wide=True,
    )


def _told(shown: int, total: int, limit: int, run_id: str) -> Html:
    parts = []
    if shown < total:
        parts.append(f"The {count(shown, 'case')} with the worst answers, of {total:,}.")
    parts.append(f"Texts longer than {limit:,} characters are cut here, contexts sooner; all of them:")
    return element(
        "p", " ".join(parts) + " ", element("code", f"llmops runs export {run_id} -o report.json"), class_="soft small"
    )


def _without_script(material: Material) -> Html:
    worst, answers = material.worst, material.observed.results
    if not worst:
        return element("noscript", element("p", "No answer failed, fell short of a full score or misses one."))
    told = f"{count(len(worst), 'answer')} of {answers:,}, worst first: failed, then by scorers failed and scores lost."
    why = "This browser runs no script on this page, so there is no search and no comparison of cases."
    cards = (case_card(result, material.units, is_open=place == 0) for place, result in enumerate(worst))
    return element("noscript", element("p", why), element("p", told, class_="soft"), *cards)
