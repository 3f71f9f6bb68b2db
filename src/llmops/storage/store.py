"""The store: all repositories on one database, and the blobs beside them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from llmops.core.errors import StoreError
from llmops.storage.addressed import AddressedBlobs
from llmops.storage.alerts import AlertRepository
from llmops.storage.aliases import AliasRepository
from llmops.storage.blob_uses import BlobUses
from llmops.storage.blobs import open_blobs
from llmops.storage.caches import EmbeddingRepository, ReplyRepository
from llmops.storage.corpus import CorpusRepository
from llmops.storage.deliveries import DeliveryRepository
from llmops.storage.engine import Database, connect, connect_memory
from llmops.storage.folder_blobs import FolderBlobs
from llmops.storage.interactions import InteractionRepository
from llmops.storage.labels import LabelRepository
from llmops.storage.lexical import LexicalRepository
from llmops.storage.monitors import MonitorRepository
from llmops.storage.passages import PassageRepository
from llmops.storage.row_blobs import DatabaseBlobs
from llmops.storage.rules import RuleRepository
from llmops.storage.run_search import RunSearch
from llmops.storage.runs import RunRepository
from llmops.storage.scores import ScoreRepository
from llmops.storage.tags import TagRepository
from llmops.storage.tracking import TrackingRepository
from llmops.storage.upgrade import create_folder, make_current
from llmops.storage.urls import show_url
from llmops.storage.versions import VersionRepository


class Store:
    """Versions, tags, aliases, rules, runs and what they record, labels, caches, corpora, deliveries, interactions, alerts,
    monitors, blobs.

    Threads may share it; close it at the end.
    """

    def __init__(self, database: Database, blobs: AddressedBlobs, revision: str) -> None:
        self.database = database
        self.revision = revision
        self.blobs = blobs
        self.blob_uses = BlobUses(database)
        blobs.noted_by(self.blob_uses.uses)
        self.versions = VersionRepository(database)
        self.tags = TagRepository(database)
        self.aliases = AliasRepository(database)
        self.rules = RuleRepository(database)
        self.runs = RunRepository(database)
        self.scores = ScoreRepository(database)
        self.tracking = TrackingRepository(database)
        self.run_search = RunSearch(database)
        self.replies = ReplyRepository(database)
        self.embeddings = EmbeddingRepository(database)
        self.corpus = CorpusRepository(database)
        self.lexical = LexicalRepository(database)
        self.passages = PassageRepository(database, self.corpus)
        self.deliveries = DeliveryRepository(database)
        self.labels = LabelRepository(database)
        self.interactions = InteractionRepository(database)
        self.alerts = AlertRepository(database)
        self.monitors = MonitorRepository(database)

    def __repr__(self) -> str:
        return f"Store({self.url})"

    @property
    def url(self) -> str:
        """Where it is, without the password."""
        return show_url(self.database.url)

    @property
    def is_temporary(self) -> bool:
        """Whether it stands in, in memory, for a SQLite file that is not there."""
        return self.database.is_sqlite and self.database.path is None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything that this thread writes in the block one transaction; nested ones join it.

        Await nothing inside: on SQLite all other writers wait meanwhile.
        """
        with self.database.transaction():
            yield

    def close(self) -> None:
        """Let go of connections and files."""
        self.database.close()


def open_store(url: str, *, root: Path, blobs_url: str = "", create: bool = True) -> Store:
    """Open the store at a URL, bringing a SQLite one up to date.

    Args:
        url: `sqlite:///PATH` (relative paths below root) or `postgresql+psycopg://…`.
        root: the workspace folder.
        blobs_url: where bytes live; empty: beside a SQLite file, else in the database.
        create: whether to make a SQLite file that is not there; if not, an empty store in memory stands in for it.

    Raises:
        SettingsError: a URL cannot be used.
        ExtraMissing: PostgreSQL without psycopg.
        StoreError: it cannot be opened, is newer than this program, or (PostgreSQL) is behind it.
    """
    database = connect(url, root=root)
    if database.path is not None and not _exists(database.path):
        if create:
            create_folder(database.path)
        else:
            database.close()
            database = connect_memory()
    try:
        return Store(database, choose_blobs(database, blobs_url, root), make_current(database))
    except BaseException:
        database.close()
        raise


def _exists(path: Path) -> bool:
    """Tell whether a file is there; a folder that may not be looked into is an error, not an absent file."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise StoreError(
            f"{path} cannot be reached: {error.strerror}",
            hint="Make its folder readable, or set LLMOPS_STORE_URL to another place.",
        ) from error
    return True


def choose_blobs(database: Database, url: str, root: Path) -> AddressedBlobs:
    """The blobs of a store: at their own URL, else beside a SQLite file, else in the database."""
    if url:
        return open_blobs(url, root=root)
    if database.path is not None:
        return FolderBlobs(database.path.parent / "blobs")
    return DatabaseBlobs(database)
