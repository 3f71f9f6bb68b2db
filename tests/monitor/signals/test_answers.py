"""Signals of what was said."""

import pytest

from llmops.core.errors import InputError
from llmops.monitor.signals.answers import Format, Language, Length, RefusalRate
from tests.support.interactions import interaction


def test_length() -> None:
    one = interaction(output="three short words", inputs={"question": "why?"})
    assert Length().measure(one) == 17
    assert Length(unit="words").measure(one) == 3
    assert Length(of="input").measure(one) == 4
    assert Length().measure(interaction(output="", error="timed out")) is None


def test_refusal() -> None:
    assert RefusalRate().measure(interaction(output="I'm sorry, but I can't help with that.")) == 1
    assert RefusalRate().measure(interaction(output="Parcels take three days.")) == 0
    assert RefusalRate().measure(interaction(output="")) is None


def test_language() -> None:
    assert Language().measure(interaction(output="Das Paket ist in drei Tagen bei Ihnen zu Hause.")) == "de"
    assert Language().measure(interaction(output="ok")) is None


def test_format() -> None:
    of_label = Format(schema={"type": "object", "required": ["label"]})
    texts = ['{"label": "a"}', "{}", "no json", ""]
    assert [of_label.measure(interaction(output=text)) for text in texts] == [1, 0, 0, None]
    assert [Format().measure(interaction(output=text)) for text in texts] == [1, 1, 0, None]
    answered = {"sha256:1": {"type": "array"}, "sha256:2": {"type": "object"}, "sha256:3": None}
    of_prompt = Format(schema="prompt", shape=lambda one: answered[one.version])
    found = [of_prompt.measure(interaction(output="[]", refs={"app": version})) for version in answered]
    assert found == [1, 0, None]
    assert of_label.measure(interaction(output="Blocked.", action="block")) is None
    with pytest.raises(InputError, match="this is no JSON Schema"):
        Format(schema={"type": "thing"})
