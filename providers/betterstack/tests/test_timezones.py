"""Rails time zone names: the accepted ones, and what to write instead of an IANA name."""

from __future__ import annotations

import pytest

from reconciler_betterstack.timezones import RAILS, iana_zone, rails_zone


@pytest.mark.parametrize("name", ["Berlin", "Pretoria", "UTC", "Eastern Time (US & Canada)", "Nuku'alofa"])
def test_rails_names_are_accepted(name: str) -> None:
    assert rails_zone(name) == name


@pytest.mark.trap("betterstack", "2: maintenance_timezone is a Rails name, not IANA")
@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Europe/Berlin", "write Berlin"),
        ("America/New_York", "write Eastern Time (US & Canada)"),
        ("Africa/Johannesburg", "write Pretoria"),
        ("Etc/UTC", "write UTC"),
        ("Europe/Kyiv", "write Kyiv"),
        ("berlin", "did you mean Berlin"),
        ("Atlantis", "ActiveSupport::TimeZone"),
    ],
)
def test_another_name_gives_the_one_to_write(name: str, hint: str) -> None:
    with pytest.raises(ValueError, match="Rails") as caught:
        rails_zone(name)
    assert hint in str(caught.value)


def test_a_field_that_takes_iana_names_refuses_rails_names() -> None:
    assert [iana_zone(name) for name in ("Europe/Berlin", "UTC", "Singapore")] == ["Europe/Berlin", "UTC", "Singapore"]
    with pytest.raises(ValueError, match="write Europe/Berlin"):
        iana_zone("Berlin")


def test_every_iana_name_of_the_table_leads_back_to_a_rails_name_of_the_same_zone() -> None:
    for zone in set(RAILS.values()):
        with pytest.raises(ValueError, match="write ") as caught:
            rails_zone(zone)
        assert RAILS[str(caught.value).rpartition("write ")[2]] == zone
