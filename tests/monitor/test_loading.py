"""Signals by name, with their arguments; and functions of one's own."""

from pathlib import Path

import pytest

from llmops.core.errors import InputError, NotFound
from llmops.core.hashing import Json
from llmops.domain.ports import Embedder
from llmops.domain.signal import SignalSpec
from llmops.monitor.loading import AnySignal, OwnSignal, SignalServices, load_signal
from llmops.monitor.protocol import Measured
from tests.support.hand_embedder import HandEmbedder
from tests.support.interactions import interaction


def _embedder() -> Embedder:
    return HandEmbedder({})


async def _score(*_: Json) -> list[float]:
    return []


def load(name: str, root: Path = Path(), **arguments: Json) -> AnySignal:
    spec = SignalSpec(signal=name, label="s", arguments=arguments)
    return load_signal(spec, SignalServices(_embedder, _score, root, lambda interaction: None))


def test_a_function_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "own_signals_1.py").write_text("def has_mark(interaction):\n    return '[1]' in interaction.output\n")
    signal = load("own_signals_1:has_mark", tmp_path, kind="rate", direction="higher")
    assert isinstance(signal, OwnSignal)
    values: list[Measured] = [signal.measure(interaction(output=text)) for text in ("a [1]", "b")]
    assert (values, signal.kind, signal.direction) == ([1.0, 0.0], "rate", "higher")


def test_what_is_wrong_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"there is no signal called 'lenght'\nDid you mean 'length'"):
        load("lenght")
    with pytest.raises(InputError, match="signal 'column' needs the argument 'of'"):
        load("column")
    with pytest.raises(InputError, match=r"signal 'column': 'age' is no place\nWrite metadata.KEY"):
        load("column", of="age")
    with pytest.raises(InputError, match=r"kind is 'vector'\nKnown: rate, bounded"):
        load("pkg:function", kind="vector")
    with pytest.raises(InputError, match=r"takes no argument 'knd'\nDid you mean 'kind'"):
        load("pkg:function", knd="rate")
