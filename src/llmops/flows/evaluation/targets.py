"""Opens what is asked: an app by ref, or a prompt with a model, each pinned for as long as it is held."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from llmops.core.errors import InputError
from llmops.core.hashing import Json, digest
from llmops.core.names import Kind, Ref, parse_ref
from llmops.domain.artifact import PromptSpec, Version
from llmops.domain.ports import Retriever
from llmops.domain.suite import TargetSpec
from llmops.flows.refresh import open_retriever
from llmops.flows.services import Services
from llmops.flows.serving.chat import Responder
from llmops.registry.bundles import Bundle
from llmops.registry.prompts import Prompt

LARGER: Mapping[Kind, tuple[str, ...]] = {"prompt": ("app", "rag")}
"""By kind, the refs of runs on something larger that has a part of this kind: they say nothing about the part alone."""


@dataclass(frozen=True, slots=True)
class OpenTarget:
    """A target made ready. `ref` names it as it was asked for, `name` is what tables call it."""

    ref: Ref
    name: str
    responder: Responder


def open_app(services: Services, ref: Ref, *, cached: bool = False, model: str | None = None) -> Responder:
    """Resolve an app once: its prompt, its index, its models.

    Args:
        cached: whether equal requests are answered from the reply cache; for evaluation only.
        model: asked in place of the app's. That is another thing than the app, so `refs` then has no `app`.

    Raises:
        NotFound: there is no such app.
    """
    return open_version(services, services.registry.bundle(ref), cached=cached, model=model)


def open_version(services: Services, app: Bundle, *, cached: bool = False, model: str | None = None) -> Responder:
    """The same, for a version that is there with its parts."""
    loaded = app.app()
    spec = loaded.spec
    refs = {"prompt": spec.prompt.digest}
    if model is None:
        refs["app"] = app.main.digest
    retriever: Retriever | None = None
    if spec.rag is not None and loaded.rag is not None:
        refs["rag"] = spec.rag.digest
        retriever = open_retriever(services, spec.rag.name, loaded.rag)
    names = [model] if model is not None else [spec.model, *spec.fallbacks]
    return _responder(services, loaded.prompt, names, spec.parameters, refs, retriever, cached=cached)


def open_target(
    services: Services,
    written: TargetSpec,
    *,
    override: str | None = None,
    model: str | None = None,
    cached: bool = True,
) -> OpenTarget:
    """Open the target of a suite, or the one that stands in for it.

    Args:
        override: the ref of an app or prompt to ask instead; without a kind it is the suite's.
        model: asked instead of the target's.
        cached: whether equal requests are answered from the reply cache.

    Raises:
        NotFound: there is no such app or prompt.
        InputError: a ref of another kind.
    """
    kind: Kind = "app" if written.app is not None else "prompt"
    ref = parse_ref(override or written.app or written.prompt or "", default=kind)
    if ref.kind == "app":
        responder = open_app(services, ref, cached=cached, model=model)
    elif ref.kind == "prompt":
        responder = _open_prompt(services, ref, written, model, cached=cached)
    else:
        raise InputError(f"{ref} is no target", hint="A target is an app or a prompt: --target app/docs@3")
    return OpenTarget(ref, str(ref) if model is None else f"{ref} with {model}", responder)


def identify(version: Version, written: TargetSpec, default_model: str) -> dict[str, str]:
    """What the refs of a run on a registered version hold, when a suite's target is `written`: digests by kind, and for a
    prompt, which pins no model, the model and parameters that it would be asked with."""
    refs: dict[str, str] = {version.kind: version.digest}
    if version.kind == "prompt":
        refs |= _model_refs(*_choose_model(PromptSpec.model_validate(version.content), written, default_model))
    return refs


def _choose_model(prompt: PromptSpec, written: TargetSpec, default: str) -> tuple[str, dict[str, Json]]:
    """The model and parameters of a prompt that is asked by itself."""
    return written.model or prompt.model or default, {**prompt.parameters, **written.parameters}


def _model_refs(model: str, parameters: Mapping[str, Json]) -> dict[str, str]:
    return {"model": model, "parameters": digest("parameters", dict(parameters))}


def _open_prompt(services: Services, ref: Ref, written: TargetSpec, model: str | None, *, cached: bool) -> Responder:
    prompt = services.registry.prompt(ref)
    chosen, parameters = _choose_model(prompt.spec, written, services.settings.models.default)
    return _responder(services, prompt, [model or chosen], parameters, {"prompt": prompt.digest}, None, cached=cached)


def _responder(
    services: Services,
    prompt: Prompt,
    models: Sequence[str],
    parameters: Mapping[str, Json],
    refs: Mapping[str, str],
    retriever: Retriever | None,
    *,
    cached: bool,
) -> Responder:
    return Responder(
        prompt=prompt,
        models=[(name, services.chat_model(name, cached=cached)) for name in models],
        parameters=parameters,
        retriever=retriever,
        refs={**refs, **_model_refs(models[0], parameters)},
    )
