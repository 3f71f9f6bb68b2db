"""A model of the registry as a target: `{model: churn}`. The prediction is the answer, so that suites and gates judge models too.

skops and ONNX files predict by themselves. For all others, `{model: churn, python: "module:function"}` names a function that is
given the path of the model's file or folder as `model`, and the inputs of the case by name.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from llmops.core.bridge import to_thread
from llmops.core.callables import import_attribute
from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.core.names import Ref, new_id
from llmops.core.settings import STATE
from llmops.domain.interaction import Reply, Usage
from llmops.domain.model import ModelSpec
from llmops.domain.ports import Asked
from llmops.domain.suite import TargetSpec
from llmops.evals.targets.function import FunctionTarget, wrap_function
from llmops.flows.models.cache import ModelCache
from llmops.flows.models.predictor import Predict, open_predictor
from llmops.flows.services import Services

_PATH: Final = "model"


@dataclass(frozen=True, slots=True)
class ModelTarget:
    """Asks a loaded model."""

    name: str
    digest: str
    predict: Predict

    @property
    def refs(self) -> Mapping[str, str]:
        """The model's digest."""
        return {"model": self.digest}

    async def answer(self, inputs: Mapping[str, Json], *, repeat: int = 0) -> Reply:
        """Predict for the inputs of a case. What is no text is written as JSON, and kept as data.

        Raises:
            InputError: the inputs are not those of the model. What the model itself raises passes.
        """
        began = time.perf_counter()
        found = await to_thread(self.predict, inputs)
        return Reply(
            id=new_id("reply"),
            text=found if isinstance(found, str) else json.dumps(found),
            data=None if isinstance(found, str) else found,
            usage=Usage(latency=time.perf_counter() - began),
            model=self.name,
            at=datetime.now(UTC),
            refs=dict(self.refs),
        )


@dataclass(frozen=True, slots=True)
class ServedModel:
    """Asks a function that is given where the model is."""

    digest: str
    path: str
    function: FunctionTarget

    @property
    def refs(self) -> Mapping[str, str]:
        """The digest of the model, and the identity of the function."""
        return {"model": self.digest, **self.function.refs}

    async def answer(self, inputs: Mapping[str, Json], *, repeat: int = 0) -> Reply:
        """Call it with the inputs of a case and the model."""
        return await self.function.answer({**inputs, _PATH: self.path}, repeat=repeat)


def open_model_target(services: Services, ref: Ref, written: TargetSpec) -> Asked:
    """Open a version of a model.

    Raises:
        NotFound: there is none, or no such function.
        StoreError: a file of it is damaged.
        InputError: it cannot be asked, or not in this way.
    """
    found = services.registry.resolve(ref)
    spec = found.spec(ModelSpec)
    folder = ModelCache(services.root / STATE).fetch(services.store.blobs, found.digest, spec.files)
    parameters = written.parameters if written.kind == "model" else {}
    if written.kind != "model" or written.python is None:
        return ModelTarget(str(ref), found.digest, open_predictor(str(ref), spec, folder, parameters))
    if _PATH in parameters:
        raise InputError(f"parameters of {ref} cannot set {_PATH!r}", hint="It is where the model is.")
    function = wrap_function(
        import_attribute(written.python, services.root, "target"),
        written.python,
        arguments=parameters,
        version=written.version,
    )
    path = folder / spec.files[0].path if len(spec.files) == 1 else folder
    return ServedModel(found.digest, str(path), function)
