"""What all tables share."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, Table, UniqueConstraint, create_engine, insert, select
from sqlalchemy.exc import StatementError
from sqlalchemy.pool import StaticPool

from llmops.storage.tables.metadata import NAMING, Instant

MOMENTS = Table("moments", MetaData(), Column("at", Instant))


@settings(max_examples=50, deadline=None)
@given(
    st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30)),
    st.timedeltas(timedelta(hours=-23), timedelta(hours=23)),
)
def test_a_moment_comes_back_in_utc_to_the_microsecond(naive: datetime, offset: timedelta) -> None:
    moment = naive.replace(tzinfo=timezone(offset))
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.begin() as connection:
        MOMENTS.metadata.create_all(connection)
        connection.execute(insert(MOMENTS), {"at": moment})
        found = connection.execute(select(MOMENTS.c.at)).scalar_one()
    engine.dispose()
    assert found == moment
    assert found.tzinfo == UTC


def test_a_time_without_zone_is_refused() -> None:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.begin() as connection:
        MOMENTS.metadata.create_all(connection)
        with pytest.raises(StatementError, match="has no time zone"):
            connection.execute(insert(MOMENTS), {"at": datetime(2026, 1, 1)})
    engine.dispose()


def test_constraints_are_named_by_rule() -> None:
    table = Table(
        "things",
        MetaData(naming_convention=NAMING),
        Column("kind", Instant, primary_key=True),
        Column("name", Instant, index=True),
        UniqueConstraint("kind", "name"),
    )
    assert {str(constraint.name) for constraint in table.constraints} == {"pk_things", "uq_things_kind_name"}
    assert {index.name for index in table.indexes} == {"ix_things_name"}
