"""The prompts that come with this package: what judges are asked with where the workspace has none of the same name."""

from functools import cache
from pathlib import Path
from typing import Final

from llmops.core.errors import NotFound
from llmops.core.hashing import digest
from llmops.core.names import LATEST, Ref
from llmops.domain.noun import content_of
from llmops.registry.bundles import Resolved
from llmops.registry.prompt_files import Included, Surroundings, read_prompt
from llmops.registry.reading import read_source

FOLDER: Final = Path(__file__).resolve().parent.parent / "prompts"


@cache
def packaged_names() -> tuple[str, ...]:
    """The names of all of them, such as `judge/faithfulness`."""
    return tuple(sorted(path.relative_to(FOLDER).with_suffix("").as_posix() for path in FOLDER.rglob("*.md")))


@cache
def packaged_prompt(name: str) -> Resolved | None:
    """The prompt of a name with its digest; None where this package has none. It has no version number."""
    if name not in packaged_names():
        return None
    source = read_source(FOLDER / f"{name}.md", f"{name}.md of this package")
    content = content_of(read_prompt(source, Surroundings(_includes_nothing, lambda spec: False)))
    return Resolved(Ref("prompt", name), "prompt", name, digest("prompt", content), content)


def find_packaged(ref: Ref) -> Resolved | None:
    """What a ref means among the prompts of this package: of a prompt without a selector, `latest`, or with its digest."""
    found = packaged_prompt(ref.name) if ref.kind == "prompt" else None
    if found is None or ref.selector in (None, LATEST):
        return found
    return found if ref.digest is not None and found.digest.startswith(ref.digest) else None


def _includes_nothing(name: str) -> Included:
    raise NotFound(
        f"a prompt of this package includes {name!r}", hint="They include nothing, so that they can be copied."
    )
