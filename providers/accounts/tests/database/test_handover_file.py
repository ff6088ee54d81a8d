"""Hand-over into files: who can read them, when they are refused, and that they are whole or not there."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyrage
import pytest

from reconciler import Refused, Runtime, SecretValue, Unavailable
from reconciler_accounts.handover.base import NewPassword, NoDelivery
from reconciler_accounts.handover.file import FileHandOver
from reconciler_accounts.settings import AccountsSettings, FileDelivery

NEW = NewPassword("ana@x.com", "Ana", "Silva", SecretValue("s3cretPassw0rdXYZ", "new password"))


def made(root: Path, runtime: Runtime, **delivery: str) -> FileHandOver:
    settings = AccountsSettings.model_validate({"delivery": {"file": "handover/", **delivery}})
    assert isinstance(settings.delivery, FileDelivery)
    return FileHandOver(settings.delivery, settings, root, runtime)


async def test_the_file_is_for_its_owner_alone_and_holds_what_the_person_needs(
    tmp_path: Path, runtime: Runtime
) -> None:
    where = await made(tmp_path, runtime).hand_over(NEW)

    assert where == "handover/20260115T120000Z-ana@x.com.txt"
    path = tmp_path / where
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    text = path.read_text()
    for needed in ("s3cretPassw0rdXYZ", "ana@x.com", "https://learn.aigurus.com/login", "Hello Ana Silva", "support@"):
        assert needed in text
    assert [p.name for p in path.parent.iterdir()] == [path.name]


async def test_the_umask_does_not_open_it(tmp_path: Path, runtime: Runtime) -> None:
    before = os.umask(0)
    try:
        where = await made(tmp_path, runtime).hand_over(NEW)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / where).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "handover").stat().st_mode) == 0o700


async def test_an_encrypted_file_opens_with_the_identity_only(tmp_path: Path, runtime: Runtime) -> None:
    identity = pyrage.x25519.Identity.generate()
    where = await made(tmp_path, runtime, age_recipient=str(identity.to_public())).hand_over(NEW)

    content = (tmp_path / where).read_bytes()
    assert where.endswith(".txt.age")
    assert content.startswith(b"-----BEGIN AGE ENCRYPTED FILE-----")
    assert b"s3cret" not in content
    assert b"s3cretPassw0rdXYZ" in pyrage.decrypt(content, [identity])


CI = [
    pytest.param({"CI": "true"}, False, True, id="ci"),
    pytest.param({"CI": "1"}, False, True, id="ci-1"),
    pytest.param({"CI": "true"}, True, False, id="ci-encrypted"),
    pytest.param({"CI": ""}, False, False, id="ci-empty"),
    pytest.param({"CI": "false"}, False, False, id="ci-false"),
    pytest.param({}, False, False, id="no-ci"),
]


@pytest.mark.parametrize(("environ", "encrypted", "held"), CI)
async def test_a_ci_machine_never_gets_a_password_in_clear(
    tmp_path: Path, runtime: Runtime, environ: dict[str, str], encrypted: bool, held: bool
) -> None:
    recipient = {"age_recipient": str(pyrage.x25519.Identity.generate().to_public())} if encrypted else {}
    delivery = made(tmp_path, replace(runtime, environ=environ), **recipient)
    seen = delivery.preview("ana@x.com")

    assert bool(seen.hold) is held
    if held:
        assert "CI is set" in seen.hold
        assert "age_recipient" in seen.next
        with pytest.raises(Refused):
            await delivery.hand_over(NEW)
        assert not (tmp_path / "handover").exists()
    else:
        assert "handover/<time>-ana@x.com.txt" in seen.notes[0]


async def test_a_recipient_with_a_typing_error_is_held(tmp_path: Path, runtime: Runtime) -> None:
    good = str(pyrage.x25519.Identity.generate().to_public())
    bad = good[:-1] + ("q" if good[-1] != "q" else "p")
    assert "not a valid age public key" in made(tmp_path, runtime, age_recipient=bad).preview("ana@x.com").hold


async def test_a_folder_that_others_can_open_is_held(tmp_path: Path, runtime: Runtime) -> None:
    (tmp_path / "handover").mkdir(mode=0o755)
    (tmp_path / "handover").chmod(0o755)
    seen = made(tmp_path, runtime).preview("ana@x.com")
    assert "open to other users (mode 0755)" in seen.hold
    assert "chmod 700 handover/" in seen.next


async def test_a_file_in_the_place_of_the_folder_is_held(tmp_path: Path, runtime: Runtime) -> None:
    (tmp_path / "handover").write_text("")
    assert "is not a folder" in made(tmp_path, runtime).preview("ana@x.com").hold


def walk(folder: Path) -> list[Path]:
    return [path.relative_to(folder) for path in folder.iterdir()]


async def test_two_addresses_never_share_a_file_and_none_leaves_the_folder(tmp_path: Path, runtime: Runtime) -> None:
    odd = ["a/b@x.com", "a%2fb@x.com", "a_b@x.com", "../up@x.com", "x" * 200 + "a@x.com", "x" * 200 + "b@x.com"]
    delivery = made(tmp_path, runtime)
    where = [await delivery.hand_over(replace(NEW, email=email)) for email in odd]

    assert len(set(where)) == len(odd)
    assert {(tmp_path / w).parent for w in where} == {tmp_path / "handover"}
    assert list(map(str, walk(tmp_path))) == ["handover"]


async def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path, runtime: Runtime) -> None:
    (tmp_path / "handover").mkdir(mode=0o700)
    (tmp_path / "handover" / "20260115T120000Z-ana@x.com.txt").mkdir()
    with pytest.raises(Unavailable, match="cannot be written"):
        await made(tmp_path, runtime).hand_over(NEW)
    assert [p.name for p in (tmp_path / "handover").iterdir()] == ["20260115T120000Z-ana@x.com.txt"]


async def test_without_a_delivery_every_new_password_is_held() -> None:
    assert "delivery: {file: handover/}" in NoDelivery().preview("ana@x.com").next
    with pytest.raises(Refused):
        await NoDelivery().hand_over(NEW)


async def test_the_whole_way_ends_in_a_file_whose_password_opens_the_account(world: Any, engine: Any) -> None:
    import bcrypt

    world.settings = AccountsSettings.model_validate({"delivery": {"file": "handover/"}})
    provider = await world.connect()
    await engine.apply(provider, engine.desired("ana@x.com"))

    [path] = (world.root / "handover").iterdir()
    [line] = [text for text in path.read_text().splitlines() if text.strip().startswith("Password: ")]
    password = line.split(":", 1)[1].strip()
    row = await world.row("ana@x.com")
    assert len(password) >= 16
    assert row["password"].startswith("$2b$12$")
    assert bcrypt.checkpw(password.encode(), row["password"].encode())
