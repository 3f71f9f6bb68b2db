"""The style sheet of every page."""

import re

import pytest

from llmops.presentation.charts import STYLE as CHART_STYLE
from llmops.presentation.style import STYLE


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    full = "".join(c * 2 for c in digits) if len(digits) == 3 else digits
    parts = [int(full[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def palettes() -> list[dict[str, str]]:
    blocks = re.findall(r":root\{(.*?)\}", STYLE, re.DOTALL)
    return [dict(re.findall(r"--([\w-]+):(#[0-9a-f]+)", block)) for block in blocks]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("ink", "paper"),
        ("soft", "paper"),
        ("soft", "panel"),
        ("data", "paper"),
        ("accent", "paper"),
        ("good", "good-soft"),
        ("bad", "bad-soft"),
        ("open", "open-soft"),
    ],
)
def test_text_can_be_read_in_light_and_dark(theme: int, text: str, ground: str) -> None:
    palette = palettes()[theme]
    assert contrast(palette[text], palette[ground]) >= 4.5


def test_every_variable_that_is_used_is_defined_in_both_themes() -> None:
    light, dark = palettes()
    used = set(re.findall(r"var\(--([\w-]+)\)", STYLE + CHART_STYLE)) - {"sans", "mono"}
    assert used <= set(light)
    assert set(light) == set(dark)


def test_it_loads_nothing_and_serves_print() -> None:
    assert "url(" not in STYLE + CHART_STYLE
    assert "@import" not in STYLE
    assert "@media print" in STYLE
    assert ":focus-visible" in STYLE
