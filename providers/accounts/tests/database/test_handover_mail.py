"""Hand-over by mail, to a real SMTP server with TLS."""

from __future__ import annotations

import email
import email.policy
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from reconciler import CredentialRejected, ProviderError, Refused, Runtime, SecretValue, Unavailable
from reconciler_accounts.handover.base import NewPassword
from reconciler_accounts.handover.mail import MailHandOver
from reconciler_accounts.settings import AccountsSettings, SmtpDelivery

NEW = NewPassword("ana@x.com", "Ána", "Silva", SecretValue("s3cretPassw0rdXYZ", "new password"))
MAIL_PASSWORD = "mail-account-password"
LOGIN: dict[str, Any] = {"username": "lms", "password": {"secret": "SMTP_PASSWORD"}}


@dataclass
class Post:
    """A mail server that keeps what it takes, and refuses what it is told to."""

    received: list[EmailMessage] = field(default_factory=list)
    refuse: str = ""
    encrypted: list[bool] = field(default_factory=list)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.refuse == "recipient":
            return f"550 no such mailbox {address}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refuse == "data":
            quoted: str = envelope.content.decode().replace("\r\n", " ")
            return f"554 refused: {quoted}"
        self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        self.received.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def check_login(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and data.password.decode() == MAIL_PASSWORD
    return AuthResult(success=good, handled=False)


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def serve(authority: trustme.CA, tmp_path: Path) -> Iterator[Callable[..., tuple[Post, int]]]:
    running: list[Controller] = []
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")

    def start(mode: str = "starttls", *, host: str = "localhost", login: bool = False) -> tuple[Post, int]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(host).configure_cert(context)
        post = Post()
        modes: dict[str, dict[str, Any]] = {
            "starttls": {"tls_context": context, "require_starttls": True},
            "implicit": {"ssl_context": context},
            "none": {},
        }
        auth: dict[str, Any] = {"authenticator": check_login, "auth_required": True} if login else {}
        port = unused_port()
        controller = Controller(post, hostname="127.0.0.1", port=port, **modes[mode], **auth)
        controller.start()
        running.append(controller)
        return post, port

    yield start
    for controller in running:
        controller.stop()


def mailer(root: Path, runtime: Runtime, port: int, login: str = "", **smtp: Any) -> MailHandOver:
    written = {"host": "localhost", "port": port, "from": "lms@aigurus.com", "ca_file": "ca.pem", **smtp}
    settings = AccountsSettings.model_validate(
        {"delivery": {"smtp": written}, "survey_url": "https://forms.example.com/beta"}
    )
    assert isinstance(settings.delivery, SmtpDelivery)
    secret = SecretValue(login, "env SMTP_PASSWORD") if login else None
    return MailHandOver(settings.delivery.smtp, settings, secret, root, runtime)


@pytest.mark.parametrize("mode", ["starttls", "implicit"])
async def test_the_welcome_message_arrives_over_tls(tmp_path: Path, runtime: Runtime, serve: Any, mode: str) -> None:
    post, port = serve(mode)
    where = await mailer(tmp_path, runtime, port, tls=mode).hand_over(NEW)

    [message] = post.received
    assert post.encrypted == [True]
    assert where == f"ana@x.com (by localhost:{port})"
    assert (message["To"], message["From"]) == ("ana@x.com", "lms@aigurus.com")
    assert message["Subject"] == "Welcome to AI Gurus LMS Beta Program"
    text = message.get_content()
    for needed in (
        "Hello Ána Silva",
        "s3cretPassw0rdXYZ",
        "https://learn.aigurus.com/login",
        "2 to 4 weeks",
        "https://forms.example.com/beta",
        "support@aigurus.com",
        "no e-mail notifications",
    ):
        assert needed in text


@pytest.mark.trap("accounts", "5: there is no reset link, no first-login change, no profile page")
async def test_the_message_promises_only_what_the_application_does(
    tmp_path: Path, runtime: Runtime, serve: Any
) -> None:
    post, port = serve()
    await mailer(tmp_path, runtime, port).hand_over(NEW)
    text = " ".join(post.received[0].get_content().lower().split())
    for promise in ("first sign-in", "first login", "reset", "forgot", "profile", "change your password"):
        assert promise not in text


async def test_somebody_who_comes_back_is_told_of_a_new_password(tmp_path: Path, runtime: Runtime, serve: Any) -> None:
    post, port = serve()
    await mailer(tmp_path, runtime, port).hand_over(replace(NEW, again=True))
    assert post.received[0]["Subject"] == "Your AI Gurus LMS account: new password"
    assert "Earlier ones no longer work" in post.received[0].get_content()


async def test_a_server_that_asks_for_a_login_gets_it(tmp_path: Path, runtime: Runtime, serve: Any) -> None:
    post, port = serve(login=True)
    await mailer(tmp_path, runtime, port, MAIL_PASSWORD, **LOGIN).hand_over(NEW)
    assert len(post.received) == 1


async def test_a_wrong_login_is_a_rejected_credential(tmp_path: Path, runtime: Runtime, serve: Any) -> None:
    post, port = serve(login=True)
    with pytest.raises(CredentialRejected, match="rejects the credential") as caught:
        await mailer(tmp_path, runtime, port, "wrong-password", **LOGIN).hand_over(NEW)
    assert post.received == []
    assert "wrong-password" not in str(caught.value)


def test_a_missing_mail_password_holds_the_change(tmp_path: Path, runtime: Runtime) -> None:
    (tmp_path / "ca.pem").touch()
    seen = mailer(tmp_path, runtime, 587, **LOGIN).preview("ana@x.com")
    assert "env SMTP_PASSWORD is not set" in seen.hold
    assert seen.next == "set SMTP_PASSWORD"


def test_the_plan_says_to_whom_and_by_which_server(tmp_path: Path, runtime: Runtime) -> None:
    (tmp_path / "ca.pem").touch()
    assert mailer(tmp_path, runtime, 587).preview("ana@x.com").notes == (
        "a new password is mailed to ana@x.com by localhost",
    )


BAD_DAYS = [
    pytest.param("none", {}, "", Unavailable, id="server-without-starttls"),
    pytest.param("implicit", {}, "", Unavailable, id="starttls-to-an-implicit-port"),
    pytest.param("starttls", {"host": "127.0.0.1"}, "", Unavailable, id="certificate-of-another-name"),
    pytest.param("starttls", {"ca_file": None}, "", Unavailable, id="certificate-of-a-stranger"),
    pytest.param("starttls", {}, "recipient", Refused, id="no-such-mailbox"),
    pytest.param("starttls", {}, "data", Refused, id="message-refused-and-quoted-back"),
]


@pytest.mark.parametrize(("mode", "smtp", "refuse", "kind"), BAD_DAYS)
async def test_a_message_that_does_not_go_out_is_an_error_without_the_password(
    tmp_path: Path,
    runtime: Runtime,
    serve: Any,
    mode: str,
    smtp: dict[str, Any],
    refuse: str,
    kind: type[ProviderError],
) -> None:
    post, port = serve(mode)
    post.refuse = refuse
    runtime.redactor.add(NEW.password.reveal(), "new password")
    with pytest.raises(kind) as caught:
        await mailer(tmp_path, runtime, port, **smtp).hand_over(NEW)
    assert post.received == []
    assert "s3cret" not in str(caught.value)


async def test_a_mail_server_that_is_down_is_unavailable(tmp_path: Path, runtime: Runtime, serve: Any) -> None:
    serve()
    with pytest.raises(Unavailable, match="did not take the message"):
        await mailer(tmp_path, runtime, unused_port()).hand_over(NEW)


async def test_an_account_whose_mail_did_not_go_out_is_locked_until_it_does(
    world: Any, engine: Any, serve: Any, tmp_path: Path, runtime: Runtime
) -> None:
    post, port = serve()
    post.refuse = "recipient"
    smtp = {"host": "localhost", "port": port, "from": "lms@aigurus.com", "ca_file": "ca.pem"}
    world.settings = AccountsSettings.model_validate({"delivery": {"smtp": smtp}})
    provider = await world.connect()
    with pytest.raises(Refused, match=r"ana@x\.com is locked"):
        await engine.apply(provider, engine.desired("ana@x.com"))
    assert (await world.row("ana@x.com"))["password"][0] == "!"

    post.refuse = ""
    assert await engine.apply(provider, engine.desired("ana@x.com")) == ["update ana@x.com: state"]

    assert len(post.received) == 1
    assert (await world.row("ana@x.com"))["password"][0] == "$"
