"""Canonical values: product.md §2 "Emptiness", row by row."""

import pytest

from syncapp.core.types import FieldType
from syncapp.core.values import (
    Unreadable,
    canonical,
    is_empty,
    number_text,
    parse_time,
    stamp,
    valid_email,
)

TEXTS = (FieldType.TEXT, FieldType.TEXTAREA, FieldType.EMAIL, FieldType.DROPDOWN)


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (None, None),
        ("", None),
        ("   ", None),
        ("Oslo", "Oslo"),
        ("Oslo \t\n", "Oslo"),
        ("  Oslo", "  Oslo"),
        (True, "true"),
        (False, "false"),
        (5.0, "5"),
        (0.5, "0.5"),
        (12, "12"),
        (["a"], "['a']"),
    ],
)
def test_null_and_blank_text_are_empty_and_the_end_is_trimmed(kind, raw, value):
    assert canonical(kind, raw) == value


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (None, None),
        ("", None),
        (" ", None),
        (0, 0),
        ("0", 0),
        (5.0, 5),
        ("5", 5),
        (" 5 ", 5),
        ("5.0", 5),
        ("5,000", 5000),
        ("-1,234,567.5", -1234567.5),
        ("0.25", 0.25),
        (1e3, 1000),
    ],
)
def test_numbers_are_read_by_meaning(raw, value):
    read = canonical(FieldType.NUMBER, raw)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    "raw", ["many", "1,5", "12,34", ",5", "1_000", "nan", "inf", "-inf", float("nan"), "5 000"]
)
def test_what_is_no_number_is_refused_rather_than_guessed(raw):
    with pytest.raises(Unreadable, match="is not a number"):
        canonical(FieldType.NUMBER, raw)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (True, True),
        (False, False),
        (None, False),
        ("", False),
        ("1", True),
        ("0", False),
        (1, True),
        (0, False),
        ("Yes", True),
        ("no", False),
        (" TRUE ", True),
        ("False", False),
    ],
)
def test_a_checkbox_is_never_empty(raw, value):
    assert canonical(FieldType.CHECKBOX, raw) is value


def test_a_word_that_is_neither_true_nor_false_is_refused():
    with pytest.raises(Unreadable, match="'maybe' is neither true nor false"):
        canonical(FieldType.CHECKBOX, "maybe")


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (None, None),
        ("", None),
        ("  ", None),
        ("2026-11-22", "2026-11-22"),
        (" 2026-11-22 ", "2026-11-22"),
        ("2026-11-22T23:30:00.000+0000", "2026-11-22"),
        ("2026-11-22T23:30:00-05:00", "2026-11-23"),
    ],
)
def test_dates_are_days(raw, value):
    assert canonical(FieldType.DATE, raw) == value


@pytest.mark.parametrize("raw", ["22.11.2026", "2026-13-01", "soon", "2026-11-22 or so"])
def test_what_is_no_date_is_refused(raw):
    with pytest.raises(Unreadable, match=r"is not a date \(YYYY-MM-DD\)"):
        canonical(FieldType.DATE, raw)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (None, None),
        ("", None),
        (" ", None),
        ("2026-11-22T10:00:00.000+0000", "2026-11-22T10:00:00Z"),
        ("2026-11-22T10:00:00.900Z", "2026-11-22T10:00:00Z"),
        ("2026-11-22T12:00:00+02:00", "2026-11-22T10:00:00Z"),
        ("2026-11-22T10:00:00", "2026-11-22T10:00:00Z"),
    ],
)
def test_points_in_time_are_utc_in_whole_seconds(raw, value):
    assert canonical(FieldType.DATETIME, raw) == value


def test_what_is_no_time_is_refused():
    with pytest.raises(Unreadable, match="'noon' is not a date and time"):
        canonical(FieldType.DATETIME, "noon")


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (None, None),
        ("", None),
        (";", None),
        ("b;a", "a;b"),
        (" a ; b ;a", "a;b"),
        ("a; ;b;", "a;b"),
        ("a", "a"),
    ],
)
def test_multi_select_values_compare_without_order(raw, value):
    assert canonical(FieldType.MULTI_SELECT, raw) == value


def test_only_none_is_empty():
    assert is_empty(None)
    assert not any(is_empty(value) for value in (False, 0, 0.0, " "))


def test_numbers_are_written_as_people_write_them():
    assert [number_text(n) for n in (5.0, 5, 0.5, -2.0)] == ["5", "5", "0.5", "-2"]


def test_a_time_survives_the_way_through_salesforce():
    moment = parse_time("2026-11-22T12:30:45.678+02:00")
    assert stamp(moment) == "2026-11-22T10:30:45.000+0000"
    assert parse_time(stamp(moment)) == moment


@pytest.mark.parametrize(
    ("value", "valid"),
    [
        ("ada@example.com", True),
        ("a.b+c@mail.example.com", True),
        (None, False),
        ("", False),
        ("ada", False),
        ("@example.com", False),
        ("ada@example", False),
        ("ada@.com", False),
        ("ada@example.com.", False),
        ("ada@example..com", False),
        ("ada@b@example.com", False),
        ("a da@example.com", False),
    ],
)
def test_an_email_has_one_at_sign_and_a_dot_inside_its_domain(value, valid):
    assert valid_email(value) is valid


def test_a_time_before_all_time_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="is not a date and time"):
        parse_time("0001-01-01T00:00:00+23:00")
