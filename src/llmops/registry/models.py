"""From files in the blobs to versions of a model."""

import json
from datetime import datetime

from llmops.core.errors import InvalidFile, NotFound
from llmops.core.hashing import digest
from llmops.core.names import check_name
from llmops.domain.artifact import Origin
from llmops.domain.model import ModelSpec
from llmops.domain.noun import content_of
from llmops.registry.artifacts import Registered
from llmops.registry.secrets import refuse_secrets
from llmops.storage.store import Store


def add_model(store: Store, name: str, spec: ModelSpec, origin: Origin, now: datetime) -> Registered:
    """Make a version of a model whose files are in the blobs; the same content again is the same version.

    Raises:
        InvalidRef: it cannot be called so.
        NotFound: a file is not in the blobs.
        InvalidFile: a text of it holds a literal credential.
    """
    check_name(name)
    content = content_of(spec)
    try:
        refuse_secrets(json.dumps(content, ensure_ascii=False), f"model/{name}")
    except InvalidFile as error:
        raise InvalidFile(f"model/{name}", error.problem, hint=error.hint) from error
    with store.transaction():
        for file in spec.files:
            if store.blobs.keep(file.digest) is None:
                raise NotFound(
                    f"{file.path} of model/{name} is not in {store.blobs.place}",
                    hint="Log the file on a run, or name a local one.",
                )
        version, created = store.versions.add("model", name, digest("model", content), content, origin, now)
    return Registered(version, created)
