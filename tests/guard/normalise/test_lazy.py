from llmops.guard.normalise.lazy import lazy


class Counted:
    """Counts how often its value is computed."""

    def __init__(self) -> None:
        self.times = 0

    @lazy
    def value(self) -> int:
        """Compute a value."""
        self.times += 1
        return 7


def test_a_value_is_computed_once_an_instance() -> None:
    one, other = Counted(), Counted()
    assert (one.value, one.value, one.times) == (7, 7, 1)
    assert other.times == 0
    assert Counted.value.__doc__ == "Compute a value."
