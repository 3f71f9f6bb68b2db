"""Opens what is asked: an app by ref, or a prompt with a model, each pinned for as long as it is held."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from llmops.core.errors import InputError
from llmops.core.hashing import Json, digest
from llmops.core.names import Kind, Ref, parse_ref
from llmops.domain.evaluation import TargetSpec
from llmops.domain.ports import Retriever
from llmops.flows.chat import Responder
from llmops.flows.refresh import open_retriever
from llmops.flows.services import Services
from llmops.registry.prompts import Prompt


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
    resolved = services.registry.resolve(ref)
    loaded = services.registry.load_app(resolved)
    spec = loaded.spec
    refs = {"prompt": spec.prompt.digest}
    if model is None:
        refs["app"] = resolved.digest
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


def _open_prompt(services: Services, ref: Ref, written: TargetSpec, model: str | None, *, cached: bool) -> Responder:
    prompt = services.registry.prompt(ref)
    chosen = model or written.model or prompt.spec.model or services.settings.models.default
    parameters = {**prompt.spec.parameters, **written.parameters}
    return _responder(services, prompt, [chosen], parameters, {"prompt": prompt.digest}, None, cached=cached)


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
        refs={**refs, "model": models[0], "parameters": digest("parameters", dict(parameters))},
    )
