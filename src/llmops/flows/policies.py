"""Where policies meet the workspace: they are read for the registry, and opened with what it supplies.

The guard is imported when there is a policy: most commands need none.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from llmops.core.hashing import Json
from llmops.domain.policy import PolicySpec
from llmops.domain.ports import ChatModel, Scorer
from llmops.domain.suite import ScorerSpec
from llmops.flows.services import Services
from llmops.registry.bundles import Bundle
from llmops.registry.policies import PolicyReader
from llmops.text.yaml import YamlDocument
from llmops.text.yaml_builder import Place

if TYPE_CHECKING:
    from llmops.guard.policy import Policy


def policy_reader(root: Path) -> PolicyReader:
    """Reads policies for the registry; checks named `module:function` are looked up below the root."""

    def read(document: YamlDocument, at: Place, read_file: Callable[[str], str]) -> PolicySpec:
        from llmops.guard.loading import read_policy

        return read_policy(document, read_file, root, at=at)

    return read


def open_policy(services: Services, policy: Bundle) -> "Policy":
    """A registered or working policy, ready to check.

    Raises:
        InputError: one of its checks cannot be used here.
    """
    main = policy.main
    return make_policy(services, main.spec(PolicySpec), main.digest, f"{main.kind}/{main.name}")


def make_policy(services: Services, spec: PolicySpec, digest: str, ref: str) -> "Policy":
    """A policy with what the workspace supplies."""
    from llmops.guard.loading import Services as GuardServices
    from llmops.guard.policy import Policy

    return Policy(spec, GuardServices(_supplied(services), services.root), digest=digest, ref=ref)


def _supplied(services: Services) -> Mapping[str, object]:
    def scorers(name: str, arguments: Mapping[str, Json]) -> Scorer:
        from llmops.evals.loading import Services as ScorerServices
        from llmops.evals.loading import load_scorer

        spec = ScorerSpec(scorer=name, label=name, arguments=dict(arguments))
        return load_scorer(spec, ScorerServices(services.embedder, services.root)).scorer

    def chat_model(name: str) -> tuple[str, ChatModel]:
        chosen = name or services.settings.models.judge
        return chosen, services.chat_model(chosen)

    return {"embedder": services.embedder, "scorers": scorers, "chat_model": chat_model}
