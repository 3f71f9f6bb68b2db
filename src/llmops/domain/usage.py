"""What calls to models took."""

from llmops.domain.noun import Noun


class Usage(Noun):
    """What a call took, or several together. Tokens as the provider counted them; `cost` in US dollars, None where no price is
    known; `latency` in seconds, of the original call also when the reply comes from the cache; `first_token` in seconds to the
    first piece of an answer that was streamed."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float | None = None
    latency: float = 0.0
    first_token: float | None = None

    @property
    def tokens(self) -> int:
        """Prompt and completion tokens together."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: "Usage") -> "Usage":
        """Both together, one after the other; where the price of either is unknown, so is that of both."""
        if other == Usage():
            return self
        if self == Usage():
            return other
        known = self.cost is not None and other.cost is not None
        return Usage(
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            cost=(self.cost or 0.0) + (other.cost or 0.0) if known else None,
            latency=self.latency + other.latency,
            first_token=None if other.first_token is None else self.latency + other.first_token,
        )
