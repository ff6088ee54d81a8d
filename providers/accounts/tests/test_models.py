"""The roster's model, its guards and its settings: no database needed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from reconciler import Live, Removal, SecretRef
from reconciler_accounts.models import Account
from reconciler_accounts.settings import AccountsSettings

SMTP = {"host": "mail.example.com", "from": "lms@example.com"}
KEY = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"


def account(email: str, role: str = "STUDENT", state: str = "active", **values: Any) -> Live:
    return Live(
        kind="accounts", id=email, identity=(email,), values={"email": email, "role": role, "state": state, **values}
    )


def test_a_listed_person_is_to_be_active_even_when_the_line_does_not_say_so() -> None:
    expansion = Account.model_validate({"name": "Ana", "role": "ADMIN"}).expand()

    assert expansion.spec == {"name": "Ana", "role": "ADMIN", "state": "active"}
    assert expansion.origins == {"state": "being in the roster"}


REFUSED = [
    pytest.param({"role": "ADMIN"}, "name", id="no-name"),
    pytest.param({"name": "Ana"}, "role", id="no-role"),
    pytest.param({"name": "Ana", "role": "admin"}, "role", id="lower-case-role"),
    pytest.param({"name": " ", "role": "ADMIN"}, "name", id="blank-name"),
    pytest.param({"name": "x" * 101, "role": "ADMIN"}, "name", id="name-beyond-the-applications-limit"),
    pytest.param({"name": "Ana\nBcc: all", "role": "ADMIN"}, "name", id="line-break"),
    pytest.param({"name": "Ana\x00", "role": "ADMIN"}, "name", id="nul"),
    pytest.param({"name": "Ana", "role": "ADMIN", "surname": None}, "surname", id="null-for-a-column-without-null"),
    pytest.param({"name": "Ana", "role": "ADMIN", "email": "Ana@x.com"}, "email", id="capitals"),
    pytest.param({"name": "Ana", "role": "ADMIN", "email": "ana@x.com\n"}, "email", id="address-with-line-break"),
    pytest.param({"name": "Ana", "role": "ADMIN", "state": "locked"}, "state", id="locked-is-no-wish"),
    pytest.param({"name": "Ana", "role": "ADMIN", "courses": ["A", "A"]}, "courses", id="course-twice"),
    pytest.param({"name": "Ana", "role": "ADMIN", "password": "x"}, "password", id="no-password-in-a-roster"),
]


@pytest.mark.parametrize(("written", "field"), REFUSED)
def test_a_line_that_cannot_be_meant_is_refused_at_its_field(written: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Account.model_validate(written)
    assert {str(e["loc"][0]) for e in caught.value.errors()} == {field}


@pytest.mark.trap("accounts", "5: sign-in compares the address byte for byte")
def test_capitals_in_an_address_are_answered_with_the_way_to_write_it() -> None:
    with pytest.raises(ValidationError, match=r"write ana@x\.com"):
        Account.model_validate({"name": "Ana", "role": "ADMIN", "email": "Ana@X.com"})


KEYS = [
    pytest.param("ana@x.com", "", id="good"),
    pytest.param("Ana@X.com", "write ana@x.com", id="capitals"),
    pytest.param("ana", "as in ana@example.com", id="no-address"),
    pytest.param("ana@" + "x" * 260 + ".com", "check the address", id="too-long"),
]


@pytest.mark.parametrize(("handle", "fix"), KEYS)
def test_a_key_that_is_no_lower_case_address_is_a_problem_with_its_fix(engine: Any, handle: str, fix: str) -> None:
    found = list(Account.cross_check((engine.desired(handle),), AccountsSettings()))

    assert len(found) == bool(fix)
    assert all(fix in f[3] for f in found)


def test_a_key_may_be_any_word_when_the_address_is_written(engine: Any) -> None:
    assert list(Account.cross_check((engine.desired("ana", email="ana@x.com"),), AccountsSettings())) == []


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        pytest.param({"role": "STUDENT"}, ["role"], id="not-an-admin"),
        pytest.param({"role": "ADMIN", "state": "disabled"}, ["state"], id="suspended"),
        pytest.param({"role": "ADMIN"}, [], id="fine"),
    ],
)
def test_the_operators_own_line_must_keep_the_operator_in(engine: Any, spec: dict[str, str], field: list[str]) -> None:
    settings = AccountsSettings(operator="me@x.com")
    found = list(Account.cross_check((engine.desired("me@x.com", **spec),), settings))
    assert [f[1] for f in found] == field


ADMINS = (account("a@x.com", "ADMIN"), account("b@x.com", "ADMIN"))
GUARDS = [
    pytest.param(["a@x.com"], {}, ADMINS, None, set(), id="one-of-two-admins-may-go"),
    pytest.param(["a@x.com", "b@x.com"], {}, ADMINS, None, {"a@x.com", "b@x.com"}, id="not-both"),
    pytest.param(["a@x.com"], {}, ADMINS[:1], None, {"a@x.com"}, id="not-the-last"),
    pytest.param(["a@x.com"], {"role": "STUDENT"}, ADMINS[:1], None, {"a@x.com"}, id="not-demoted"),
    pytest.param(["a@x.com"], {"role": "ADMIN", "state": "disabled"}, ADMINS[:1], None, {"a@x.com"}, id="suspended"),
    pytest.param(["a@x.com"], {"role": "ADMIN", "name": "New"}, ADMINS[:1], None, set(), id="only-renamed"),
    pytest.param(
        ["a@x.com"], {}, (ADMINS[0], account("c@x.com", "ADMIN", "locked")), None, {"a@x.com"}, id="locked-is-no-admin"
    ),
    pytest.param(
        ["a@x.com"], {}, (ADMINS[0], account("c@x.com", "ADMIN", "deleted")), None, {"a@x.com"}, id="deleted-neither"
    ),
    pytest.param(["c@x.com"], {}, (*ADMINS, account("c@x.com")), None, set(), id="a-student-may-go"),
    pytest.param(["a@x.com"], {}, ADMINS, "a@x.com", {"a@x.com"}, id="never-the-operator"),
    pytest.param(["a@x.com"], {"role": "INSTRUCTOR"}, ADMINS, "a@x.com", {"a@x.com"}, id="operator-not-demoted"),
    pytest.param(
        ["a@x.com"], {"role": "ADMIN", "email": "z@x.com"}, ADMINS, "a@x.com", {"a@x.com"}, id="operator-not-renamed"
    ),
    pytest.param(["a@x.com"], {"role": "ADMIN"}, ADMINS, "a@x.com", set(), id="operator-may-be-edited"),
]


@pytest.mark.parametrize(("leaving", "after", "live", "operator", "held"), GUARDS)
def test_guards_hold_exactly_what_would_lock_everybody_out(
    engine: Any, leaving: list[str], after: dict[str, str], live: tuple[Live, ...], operator: str | None, held: set[str]
) -> None:
    by_id = {one.id: one for one in live}
    removals = tuple(
        Removal(engine.desired(email).address, by_id[email], engine.desired(email, **after) if after else None)
        for email in leaving
    )
    found = Account.guards(removals, live, AccountsSettings(operator=operator))
    assert {address.handle for address in found} == held


IMPORTS = [
    pytest.param(account("ana@x.com", name="Ana", surname="", company="", position=""), "", id="active"),
    pytest.param(account("ana@x.com", state="disabled"), "make it active again", id="disabled"),
    pytest.param(account("ana@x.com", state="deleted"), "can still sign in", id="deleted"),
    pytest.param(account("ana@x.com", state="locked"), "hand-over is owed", id="locked"),
    pytest.param(account("Ana@x.com", name="Ana"), "write ana@x.com", id="capitals"),
    pytest.param(account("ana@x.com", name="", surname="", company="", position=""), "its name", id="no-name"),
]


@pytest.mark.parametrize(("live", "reason"), IMPORTS)
def test_import_skips_what_the_roster_cannot_say(live: Live, reason: str) -> None:
    assert reason in Account.unimportable(live)
    assert bool(reason) == bool(Account.unimportable(live))
    assert Account.handle_for(live) == live.identity[0]


SETTINGS = [
    pytest.param({}, "", id="defaults"),
    pytest.param({"delivery": {"file": "handover/"}}, "", id="file"),
    pytest.param({"delivery": {"file": "handover/", "age_recipient": KEY}}, "", id="file-encrypted"),
    pytest.param({"delivery": {"smtp": SMTP}}, "", id="smtp"),
    pytest.param(
        {"delivery": {"smtp": {**SMTP, "username": "u", "password": {"secret": "SMTP_PASSWORD"}}}}, "", id="smtp-login"
    ),
    pytest.param({"delivery": {"smtp": {**SMTP, "host": "127.0.0.1", "tls": "none"}}}, "", id="no-tls-on-loopback"),
    pytest.param({"delivery": {"smtp": {**SMTP, "tls": "none"}}}, "in the clear", id="no-tls-elsewhere"),
    pytest.param({"delivery": {"smtp": {**SMTP, "username": "u"}}}, "stand together", id="user-without-password"),
    pytest.param({"delivery": {"smtp": {**SMTP, "password": "hunter2"}}}, "by name", id="password-as-a-value"),
    pytest.param({"delivery": {"file": "a", "smtp": SMTP}}, "Extra inputs", id="both"),
    pytest.param({"delivery": {"file": "a", "age_recipient": "age1short"}}, "pattern", id="bad-recipient"),
    pytest.param({"delivery": {}}, "required", id="neither"),
    pytest.param({"operator": "Me@x.com"}, "write me@x.com", id="operator-capitals"),
    pytest.param({"database_url": "postgresql://u:p@h/d"}, "by name", id="url-as-a-value"),
]


@pytest.mark.parametrize(("written", "complaint"), SETTINGS)
def test_settings_and_their_published_schema_give_one_verdict(written: dict[str, Any], complaint: str) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = TypeAdapter(AccountsSettings).json_schema(by_alias=True)
    by_schema = jsonschema.Draft202012Validator(schema).is_valid(written)
    try:
        AccountsSettings.model_validate(written)
        by_model, said = True, ""
    except ValidationError as error:
        by_model, said = False, json.dumps(error.errors(include_url=False), default=str)
    assert by_model == (complaint == "")
    assert complaint in said
    assert by_schema == by_model


@pytest.mark.parametrize(("written", "field"), REFUSED)
def test_the_published_schema_refuses_what_the_model_refuses(written: dict[str, Any], field: str) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = Account.model_json_schema(by_alias=True)
    assert not jsonschema.Draft202012Validator(schema).is_valid(written), field


def test_the_url_comes_from_direct_url_and_the_mail_password_is_resolved_too() -> None:
    assert AccountsSettings().secrets() == {"database_url": SecretRef("DIRECT_URL")}
    login = {**SMTP, "username": "u", "password": {"secret": "SMTP_PASSWORD"}}
    settings = AccountsSettings.model_validate({"delivery": {"smtp": login}})
    assert settings.secrets()["smtp_password"] == SecretRef("SMTP_PASSWORD")
