"""Takes personal data and secrets out of what the log keeps.

The app's policy says what is redacted, also what it blocks or flags as personal data; where it says nothing, the built-in checks
`pii` and `secrets` do. Secrets are always taken out. What cannot be looked at is not kept.
"""

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from llmops.domain.verdict import Stage

if TYPE_CHECKING:
    from llmops.guard.pipeline import LoadedCheck
    from llmops.guard.policy import Policy

MAX_TEXT: Final = 200_000
"""Characters of one text that are kept."""

_ALWAYS: Final = ("pii", "secrets")
_REMEMBERED: Final = 4_096  # texts of contexts come again and again
_REMEMBERS: Final = 8_192  # characters of the longest text that is remembered


class Redaction:
    """Redacts by one policy, or by the built-in checks."""

    def __init__(self, policy: "Policy | None" = None) -> None:
        from llmops.guard.policy import Policy

        checks = [{"pii": {"action": "redact"}}, {"secrets": {"action": "redact"}}]
        built_in = Policy.from_mapping({"input": checks, "output": checks})
        self._checks: dict[Stage, list[LoadedCheck]] = {}
        stages: tuple[Stage, ...] = ("input", "output")
        for stage in stages:
            pii, secrets = built_in.checks[stage]
            own = [
                loaded
                for loaded in (policy.checks[stage] if policy is not None else ())
                if loaded.detector is not None and (loaded.spec.action == "redact" or loaded.spec.check in _ALWAYS)
            ]
            covers = any(loaded.spec.action == "redact" or loaded.spec.check == "pii" for loaded in own)
            self._checks[stage] = [*own, secrets] if covers else [*own, pii, secrets]
        self._known: OrderedDict[tuple[Stage, str], str] = OrderedDict()

    def __call__(self, text: str, stage: Stage) -> str:
        """The text without what the checks of a stage find."""
        known = self._known.get((stage, text))
        if known is None:
            known = self._redact(text, stage)
            if len(text) <= _REMEMBERS:
                self._known[stage, text] = known
                if len(self._known) > _REMEMBERED:
                    self._known.popitem(last=False)
        return known

    def _redact(self, text: str, stage: Stage) -> str:
        from llmops.guard.decisions import merge_spans, replace_spans
        from llmops.guard.normalise.reading import Reading
        from llmops.guard.pipeline import checked

        if len(text) > MAX_TEXT:
            text = text[:MAX_TEXT]
        reading = Reading(text)
        try:
            found = [
                f
                for loaded in self._checks[stage]
                if loaded.detector
                for f in checked(loaded.detector.find(reading), len(text))
            ]
        except Exception:  # noqa: BLE001  # wall: what a check raises costs this text, not the interaction
            return "[not kept: a check failed]"
        return replace_spans(text, merge_spans(found)) if found else text
