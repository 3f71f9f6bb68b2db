"""The apps, prompts and models that a workspace has given out: one follower a ref, shared by all who ask for it."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from llmops.core.bridge import run_sync
from llmops.core.errors import InputError, NotFound, OutsideError
from llmops.core.names import WORKING, Ref
from llmops.flows.evaluation.targets import open_version
from llmops.flows.policies import open_policy
from llmops.flows.services import Services
from llmops.flows.serving.chat import Responder
from llmops.flows.serving.shadow import Shadows
from llmops.flows.serving.shop import Follower, Shop
from llmops.registry.artifacts import Registry
from llmops.registry.bundles import Bundle
from llmops.registry.prompts import Prompt
from llmops.workspace.app import App
from llmops.workspace.guard import Guard, LastGood
from llmops.workspace.log import InteractionLog
from llmops.workspace.model import Model, open_model

if TYPE_CHECKING:
    from llmops.guard.policy import Policy


class Handles:
    """Followers by ref."""

    def __init__(self, shop: Shop, log: InteractionLog) -> None:
        self._shop = shop
        self._log = log
        self._prompts: dict[Ref, Follower[Prompt]] = {}
        self._policies: dict[Ref, tuple[Follower[Policy], Guard]] = {}
        self._models: dict[Ref, Follower[Model]] = {}
        self._apps: dict[Ref, tuple[Follower[Responder], Shadows, App]] = {}

    def app(self, ref: Ref) -> App:
        """An app that is there now."""
        if ref not in self._apps:
            follower, shadows = Follower(ref, self._shop, open_version), Shadows()
            self._apps.setdefault(ref, (follower, shadows, App(follower, shadows, self._log)))
        follower, _, app = self._apps[ref]
        follower.now()
        return app

    def guard(self, ref: Ref) -> Guard:
        """A policy that is there now."""
        if ref not in self._policies:
            follower = Follower(ref, self._shop, open_policy)
            self._policies.setdefault(ref, (follower, Guard(LastGood(follower), self._log)))
        guard = self._policies[ref][1]
        _ = guard.policy
        return guard

    def prompt(self, ref: Ref, fallback: str | Path | None, user: str | None, session: str | None) -> Prompt:
        """A prompt as it is now; a working file is read each time."""
        if ref not in self._prompts:
            shop = replace(self._shop, ttl=0.0) if ref.selector in (None, WORKING) else self._shop
            self._prompts.setdefault(ref, Follower(ref, shop, _open_prompt))
        try:
            served = self._prompts[ref].now(patient=fallback is None)
        except (NotFound, OutsideError):
            if fallback is None:
                raise
            return _read_fallback(self._shop.offline().registry, Path(fallback))
        return served.side(user, session).marked(served.served_from)

    def model(self, ref: Ref, user: str | None, session: str | None) -> Model:
        """A version of a model that is there now."""
        if ref not in self._models:
            self._models.setdefault(ref, Follower(ref, self._shop, open_model))
        return self._models[ref].now().side(user, session)

    def rest(self) -> None:
        """Let go of everything that is open; it opens again when it is asked."""
        for prompt in self._prompts.values():
            prompt.rest()
        for policy, _ in self._policies.values():
            policy.rest()
        for model in self._models.values():
            model.rest()
        for app, shadows, _ in self._apps.values():
            app.rest()
            if shadows.in_flight:
                run_sync(shadows.close())


def _open_prompt(services: Services, bundle: Bundle) -> Prompt:
    return bundle.prompt()


def _read_fallback(registry: Registry, path: Path) -> Prompt:
    kind, name = registry.files.classify(path)
    if kind != "prompt":
        raise InputError(f"{path} is of kind {kind}, and here stands a prompt", hint="Name a file below prompts/.")
    return registry.prompt(Ref("prompt", name, WORKING)).marked("fallback file")
