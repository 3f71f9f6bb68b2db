import pytest

from llmops.core.errors import InputError
from llmops.guard.checks.pii import ENTITIES, Pii
from llmops.guard.decisions import merge_spans
from llmops.guard.normalise.reading import Reading


def found(text: str, pii: Pii | None = None) -> list[tuple[str, str]]:
    return [(span.type, text[span.start : span.end]) for span in merge_spans((pii or Pii()).find(Reading(text)))]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("EMAIL", "bob@example.com"), ("EMAIL", "b.o+x@mail.example.co.uk"), ("EMAIL", "bob＠example.com"),
        ("EMAIL", "b\u200bob@exam\u200bple.com"), ("IBAN", "DE89370400440532013000"), ("IBAN", "GB82 WEST 1234 5698 7654 32"),
        ("IBAN", "de89 3704 0044 0532 0130 00"), ("IP", "2001:db8::8a2e:370:7334"),
        ("URL_CREDENTIALS", "postgres://app:s3cret@db.local"),
        ("CREDIT_CARD", "４１１１ １１１１ １１１１ １１１１"), ("SSN", "078-05-1120"), ("IP", "10.11.12.13"),
        ("PHONE", "+44 20 7946 0958"),
    ],
)  # fmt: skip
def test_personal_data_is_found_where_it_stands(kind: str, text: str) -> None:
    assert found(f"see {text}, please") == [(kind, text)]


@pytest.mark.parametrize(
    "text",
    [
        "user@localhost", "@bob", "a@b", "DE88370400440532013000", "12:30:45", "https://example.com/a@b", "::1", "std::vector",
        "C++ 17.2", "passport please", "the passport office opened in 1998",
    ],
)  # fmt: skip
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert found(f"see {text}, please") == []


def test_a_passport_number_is_known_by_the_word_before_it() -> None:
    assert found("Passport No: C01X00T47") == [("PASSPORT", "C01X00T47")]
    assert found("Reisepass C01X00T47") == [("PASSPORT", "C01X00T47")]


def test_text_that_follows_an_iban_is_no_part_of_it() -> None:
    assert found("DE89 3704 0044 0532 0130 00 AND MORE") == [("IBAN", "DE89 3704 0044 0532 0130 00")]


def test_personal_data_in_an_encoding_takes_the_whole_token() -> None:
    assert found("see Ym9iQGV4YW1wbGUuY29tIHdyb3Rl ok") == [("EMAIL", "Ym9iQGV4YW1wbGUuY29tIHdyb3Rl")]


def test_only_the_entities_that_are_asked_for_are_found() -> None:
    text = "bob@example.com 078-05-1120"
    assert found(text, Pii(entities=("ssn",))) == [("SSN", "078-05-1120")]
    assert len(found(text, Pii(entities=ENTITIES))) == 2


def test_a_region_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match=r"'XX' is no region of phone numbers\nUse ISO codes"):
        Pii(regions=("XX",))


def test_regions_say_whose_numbers_are_known() -> None:
    assert found("030 90182 012", Pii(regions=("DE",))) == [("PHONE", "030 90182 012")]
    assert found("030 90182 012", Pii(regions=("US",))) == []
