"""Cards as pages and as Markdown: complete, and no text of anybody's is markup."""

from llmops.flows.models.card import Card, Section
from llmops.flows.models.card_page import write_markdown, write_page

EVIL = "<script>alert(1)</script> | [x](http://evil)"
CARD = Card(
    "model/churn@2", "sha256:ab", "held by production", EVIL,
    [
        Section("Version", pairs=[("author", EVIL)]),
        Section("Metrics", columns=("metric", "last"), rows=[("auc", "0.91")]),
        Section("Example of the inputs", text=f"```\n{EVIL}"),
    ],
    {"auc": [(0, 0.5), (1, 0.91)]},
)  # fmt: skip


def test_a_page_stands_alone() -> None:
    page = write_page(CARD)
    assert "<script>" not in page
    assert "default-src &#x27;none&#x27;" in page or "default-src 'none'" in page
    assert page.count("<svg") == 1
    assert '<a href="#example-of-the-inputs">' in page
    assert "0.91" in page


def test_markdown_stays_text() -> None:
    text = write_markdown(CARD)
    assert "<script>" not in text.replace(f"````text\n```\n{EVIL}\n````", "")
    assert "\n## Metrics\n" in text
    assert "| auc | 0.91 |" in text
