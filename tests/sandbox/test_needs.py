from __future__ import annotations

from typing import Annotated, Any, ClassVar

import pytest

from reconciler import (
    Address,
    External,
    Kind,
    ListOf,
    OutputRef,
    Part,
    ProviderSettings,
    Resource,
    Secret,
    SecretRef,
    SetOf,
    TokenSettings,
)
from reconciler.errors import Location
from reconciler.sandbox.needs import external_names, secret_names

COURSE = External("courses", "create the course in the LMS")
CHANNEL = External("slack_channels", "connect the channel")


class Member(Part):
    type: str
    channel: Annotated[str, CHANNEL] | None = None


class Stage(Part):
    members: ListOf[Member] = ()


class Pupil(Kind, collection="pupils", identity="name"):
    settings: ClassVar[type[ProviderSettings]] = TokenSettings
    main_course: Annotated[str, COURSE] | None = None
    courses: SetOf[Annotated[str, COURSE]] = frozenset()
    stages: ListOf[Stage] = ()
    password: Secret | None = None


def pupil(**spec: Any) -> Resource:
    return Resource(Address("pupils", "ana"), "school", ("ana",), spec, Location("desired/pupils.yaml"))


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        pytest.param({}, {}, id="nothing-written"),
        pytest.param({"main_course": "AI-101"}, {"courses": ("AI-101",)}, id="field"),
        pytest.param({"courses": ("B", "A")}, {"courses": ("A", "B")}, id="elements-of-a-set"),
        pytest.param(
            {"stages": ({"members": ({"type": "slack", "channel": "#ops"}, {"type": "mail"})},)},
            {"slack_channels": ("#ops",)},
            id="list-of-mappings-in-a-list-of-mappings",
        ),
        pytest.param(
            {"main_course": "A", "courses": ("A",), "stages": ({"members": ({"channel": "#x"},)},)},
            {"courses": ("A",), "slack_channels": ("#x",)},
            id="each-name-once-by-kind",
        ),
        pytest.param({"main_course": None}, {}, id="cleared"),
        pytest.param({"main_course": OutputRef("courses/a", "code")}, {}, id="computed-from-another-resource"),
    ],
)
def test_external_names_are_found_wherever_a_field_names_them(spec: dict[str, Any], expected: dict[str, Any]) -> None:
    assert external_names([pupil(**spec)], {"pupils": Pupil}) == expected


class Mail(Part):
    password: Secret


class SchoolSettings(TokenSettings):
    mail: Mail | None = None
    token: Secret = SecretRef("SCHOOL_TOKEN")


def test_secret_names_come_from_resources_settings_and_defaults() -> None:
    settings = SchoolSettings.model_validate({"mail": Mail(password=SecretRef("MAIL_PASSWORD"))})
    resources = [pupil(password=SecretRef("PUPIL_PASSWORD")), pupil(stages=({"members": (SecretRef("DEEP", 2),)},))]
    assert secret_names(resources, [settings]) == ("DEEP", "MAIL_PASSWORD", "PUPIL_PASSWORD", "SCHOOL_TOKEN")
