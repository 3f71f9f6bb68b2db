"""A version of a model as a program gets it: its files on this machine, and what is known of it."""

from dataclasses import dataclass
from pathlib import Path

from llmops.core.errors import NotFound
from llmops.core.hashing import Json
from llmops.core.names import did_you_mean
from llmops.core.settings import STATE
from llmops.domain.artifact import Origin, Pin
from llmops.domain.model import ModelSpec, Signature
from llmops.flows.models.cache import ModelCache
from llmops.flows.services import Services
from llmops.registry.bundles import Bundle


@dataclass(frozen=True)
class Model:
    """One version; it stays what it is when its alias moves. `folder` holds its files."""

    name: str
    number: int
    digest: str
    folder: Path
    spec: ModelSpec
    origin: Origin

    @property
    def path(self) -> Path:
        """The file, where there is one only; else the folder with all of them."""
        return self.folder / self.spec.files[0].path if len(self.spec.files) == 1 else self.folder

    def file(self, name: str) -> Path:
        """One of the files.

        Raises:
            NotFound: there is none of that name.
        """
        known = [file.path for file in self.spec.files]
        if name not in known:
            raise NotFound(f"model/{self.name}@{self.number} has no file {name!r}", hint=did_you_mean(name, known))
        return self.folder / name

    @property
    def refs(self) -> dict[str, str]:
        """What tells this version from all others, for logs."""
        return {"model": self.digest}

    @property
    def signature(self) -> Signature:
        """What it takes and gives."""
        return self.spec.signature

    @property
    def example(self) -> Json:
        """A small input, as JSON; None where none was given."""
        return self.spec.example

    @property
    def run(self) -> str:
        """The id of the run that it came from."""
        return self.spec.run

    @property
    def dataset(self) -> Pin | None:
        """What it was trained on, where that was said."""
        return self.spec.dataset


def open_model(services: Services, bundle: Bundle) -> Model:
    """A version with its files in the cache; from there alone while the store does not answer."""
    found, spec = bundle.main, bundle.main.spec(ModelSpec)
    version = services.store.versions.get("model", found.name, found.number or 0)
    folder = ModelCache(services.root / STATE).fetch(services.store.blobs, found.digest, spec.files)
    return Model(found.name, found.number or 0, found.digest, folder, spec, version.origin if version else Origin())
