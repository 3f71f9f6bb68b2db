"""Where policies meet the workspace: they are read for the registry, and opened with what it supplies.

The guard is imported when there is a policy: most commands need none.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from llmops.core.hashing import Json, canonical_json
from llmops.domain.policy import PolicySpec
from llmops.domain.ports import ChatModel, Scorer
from llmops.domain.suite import JudgeSpec, ScorerSpec
from llmops.flows.services import Services
from llmops.registry.bundles import Bundle
from llmops.registry.policies import PolicyReader
from llmops.text.beside import FilesBelow
from llmops.text.yaml import YamlDocument
from llmops.text.yaml_builder import Place

if TYPE_CHECKING:
    from llmops.guard.policy import Policy


def policy_reader() -> PolicyReader:
    """Reads policies for the registry; checks named `module:function` are looked up where their files are."""

    def read(document: YamlDocument, at: Place, files: FilesBelow) -> PolicySpec:
        from llmops.guard.loading import read_policy

        return read_policy(document, files, at=at)

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
    loaded: dict[bytes, Scorer] = {}

    def scorers(name: str, arguments: Mapping[str, Json], judge: str) -> Scorer:
        key = canonical_json([name, dict(arguments), judge])
        if key not in loaded:
            from llmops.evals.loading import Services as ScorerServices
            from llmops.evals.loading import load_scorer
            from llmops.flows.judges import open_judge

            asked = open_judge(services, JudgeSpec(model=judge or None), cached=False, working=False)
            spec = ScorerSpec(scorer=name, label=name, arguments=dict(arguments))
            loaded[key] = load_scorer(spec, ScorerServices(services.embedder, services.root, asked)).scorer
        return loaded[key]

    def chat_model(name: str) -> tuple[str, ChatModel]:
        chosen = name or services.settings.models.judge
        return chosen, services.chat_model(chosen)

    return {"embedder": services.embedder, "scorers": scorers, "chat_model": chat_model}
