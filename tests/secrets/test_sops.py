"""Files that the real `sops` encrypted: what they give, when they are opened, and what is said when they are not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyrage
import pytest
import yaml

from reconciler.errors import InputError

FORMS = [
    pytest.param("s.yaml", "A: hush-hush\nB: 5\nC: true\nnested: {D: deep}\n", id="yaml"),
    pytest.param("s.json", '{"A": "hush-hush", "B": 5, "C": true, "nested": {"D": "deep"}}', id="json"),
    pytest.param("s.env", "A=hush-hush\nB=5\nC=true\n", id="env"),
]


@pytest.mark.parametrize(("name", "text"), FORMS)
def test_values_at_the_top_level_are_text_in_every_format(vault: Any, name: str, text: str) -> None:
    made = vault.resolver(vault.encrypt(name, text))
    assert [made.get(n).reveal() for n in "ABC"] == ["hush-hush", "5", "true"]
    assert (made.get("D"), made.get("nested")) == (None, None)
    assert made.missing_reason("D") == f"D is not set in the process environment, and not in {name}"
    assert len(vault.ran) == 1
    assert vault.redactor.clean("it is hush-hush") == "it is (secret A)"


def test_a_file_is_opened_only_when_a_value_is_needed_that_nothing_before_it_has(vault: Any) -> None:
    made = vault.resolver(vault.encrypt("s.yaml", "A: hush-hush\n"), environ={"B": "from-outside"})
    assert made.get("B").reveal() == "from-outside"
    assert made.known("A") is None
    assert vault.ran == []
    made.open_files()
    assert made.known("A").reveal() == "hush-hush"


def test_no_plaintext_is_written_to_disk(vault: Any) -> None:
    made = vault.resolver(vault.encrypt("s.yaml", "A: hush-hush\n"))
    before = {p: p.read_bytes() for p in vault.root.rglob("*") if p.is_file()}
    assert made.get("A").reveal() == "hush-hush"
    after = {p: p.read_bytes() for p in vault.root.rglob("*") if p.is_file()}
    assert after == before
    assert not any(b"hush" in body for body in after.values())


def shut(vault: Any) -> dict[str, Any]:
    other = pyrage.x25519.Identity.generate()
    vault.encrypt("other.yaml", "A: hush-hush\n", recipient=str(other.to_public()))
    changed = yaml.safe_load((vault.root / vault.encrypt("changed.yaml", "A: hush-hush\nZ: x\n")).read_text())
    del changed["Z"]
    (vault.root / "changed.yaml").write_text(yaml.safe_dump(changed))
    return {"other.yaml": "no age key on this machine opens it", "changed.yaml": "changed by something other than sops"}


@pytest.mark.parametrize("name", ["other.yaml", "changed.yaml"])
def test_a_file_that_cannot_be_opened_gives_nothing_and_says_why_and_where(vault: Any, name: str) -> None:
    why = shut(vault)[name]
    made = vault.resolver(name)
    assert made.get("A") is None
    problem = made.failure("A")
    assert str(problem.where) == "desired/environment.yaml:12:3"
    assert why in problem.message
    assert problem.fix
    assert why in made.missing_reason("A")


def test_a_missing_sops_is_named_with_what_to_do(vault: Any) -> None:
    made = vault.resolver(vault.encrypt("s.yaml", "A: hush-hush\n"), environ={"PATH": str(vault.root)})
    assert made.get("A") is None
    assert made.failure("A").message == "s.yaml was not opened: sops is not installed, or not on the PATH"
    assert made.failure("A").fix.startswith("install sops (https://getsops.io)")
    (page,) = [word for word in made.failure("A").fix.split() if word.endswith(".md")]
    assert "## SOPS files" in (Path(__file__).parents[2] / page).read_text(encoding="utf-8")


def test_sops_gets_no_credential_and_no_home(vault: Any, script: Any) -> None:
    folder = vault.root / "tools"
    folder.mkdir()
    tool = script("tools/sops", "print('{\"SEEN\": \"' + ' '.join(sorted(os.environ)) + '\"}')")
    assert tool
    environ = {"PATH": str(folder), "HOME": str(vault.root), "VAULT_TOKEN": "hush-vault", "AWS_SECRET_ACCESS_KEY": "x"}
    made = vault.resolver(vault.encrypt("s.yaml", "A: hush-hush\n"), environ=environ)
    seen = made.get("SEEN").reveal().split()
    assert {"PATH", "SOPS_AGE_KEY_FILE", "XDG_CONFIG_HOME"} <= set(seen)
    assert not {"HOME", "VAULT_TOKEN", "AWS_SECRET_ACCESS_KEY"} & set(seen)


AGE = {"age": [{"recipient": "age1x", "enc": "x"}]}
VAULT_KEY = {"hc_vault": [{"vault_address": "https://evil.example", "engine_path": "t", "key_name": "k"}]}
FLAT = "A=ENC[x]\nsops_age__list_0__map_recipient=age1x\n"
REFUSED = [
    pytest.param("s.yaml", "A: hush-hush\n", "not encrypted by SOPS", id="plaintext"),
    pytest.param("s.env", "A=hush-hush\n", "not encrypted by SOPS", id="plaintext-env"),
    pytest.param("s.yaml", yaml.safe_dump({"A": "ENC", "sops": {**AGE, **VAULT_KEY}}), "hc_vault", id="a-server"),
    pytest.param("s.json", json.dumps({"A": "ENC", "sops": {**AGE, **VAULT_KEY}}), "hc_vault", id="a-server-json"),
    pytest.param("s.env", FLAT + "sops_hc_vault__list_0__map_vault_address=x\n", "hc_vault", id="a-server-env"),
    pytest.param(
        "s.env", FLAT + "sops_key_groups__list_0__map_kms__list_0__map_arn=x\n", "kms", id="a-server-in-a-group-env"
    ),
    pytest.param("s.yaml", yaml.safe_dump({"sops": {**AGE, "key_groups": [VAULT_KEY]}}), "hc_vault", id="in-a-group"),
    pytest.param(
        "s.yaml", "sops: {age: [{recipient: x}]}\nsops: {pgp: [{fp: x}]}\n", "pgp", id="what-is-written-twice-counts"
    ),
    pytest.param(
        "s.yaml", "x: &x {kms: [{arn: x}]}\nsops: {<<: *x, age: [{recipient: y}]}\n", "cannot be", id="merged"
    ),
    pytest.param("s.yaml", "A: [\n", "cannot be read as yaml", id="broken"),
    pytest.param("s.json", "[" * 100_000, "cannot be read as json", id="too-deep"),
    pytest.param("s.ini", "A=1\n", "cannot be told by its name", id="another-format"),
    pytest.param("s.yaml", "sops: {age: []}\n", "not encrypted by SOPS", id="no-recipient"),
]


@pytest.mark.parametrize(("name", "text", "why"), REFUSED)
def test_what_age_alone_does_not_open_is_refused_before_sops_runs(vault: Any, name: str, text: str, why: str) -> None:
    (vault.root / name).write_text(text)
    with pytest.raises(InputError) as caught:
        vault.resolver(name)
    [problem] = caught.value.problems
    assert why in problem.message
    assert str(problem.where) == "desired/environment.yaml:12:3"
    assert problem.fix
    assert "hush" not in str(caught.value)
    assert vault.ran == []
