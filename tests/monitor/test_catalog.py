"""Every signal says what it is."""

from dataclasses import is_dataclass
from typing import get_args

from llmops.domain.signal import SignalDirection, SignalKind
from llmops.monitor.catalog import SIGNALS
from llmops.monitor.signals.columns import Column


def test_every_signal_has_kind_direction_and_words() -> None:
    for name in SIGNALS:
        signal = SIGNALS.get(name)
        assert is_dataclass(signal), name
        if signal is not Column:
            assert vars(signal)["kind"] in get_args(SignalKind), name
            assert vars(signal)["direction"] in get_args(SignalDirection), name
        assert signal.__doc__, name
