"""What an apply checks on its way to the first write, what it keeps, and what a saved plan lets through."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler import Generated, Resource, SecretValue
from reconciler.engine.options import EVERYTHING, Options
from reconciler.engine.resolve import Resolver
from reconciler.errors import Location, ReconcilerError
from reconciler.kind.shape import Shape
from reconciler.model import Address
from reconciler.testing.clock import NoGit

SITE = "https://learn.example.test/"
TWO = {"widgets": {"a": {"url": SITE}, "b": {"url": SITE}}}


async def test_an_account_that_changes_between_reading_and_writing_stops_its_instance(lab: Any) -> None:
    lab.desire(TWO)
    asked: list[str] = []

    def fault(operation: str, phase: str) -> None:
        if operation == "whoami" and phase == "before":
            asked.append(operation)
            if len(asked) == 2:
                lab.world.account = "another"

    lab.world.faults = fault
    outcome = await lab.apply()
    assert {r.status for r in outcome.results} == {"failed"}
    assert "the credential now belongs to" in outcome.results[0].reason
    assert lab.world.writes == []


async def test_what_is_taken_away_or_changed_is_in_the_record_of_the_run(lab: Any) -> None:
    lab.desire({"widgets": {"a": {"url": SITE, "notes": "old"}, "b": {"url": SITE, "notes": "kept"}}})
    await lab.apply()
    lab.desire({"widgets": {"a": {"url": SITE, "notes": "new"}}})
    await lab.apply()
    kept = {entry["action"]: entry for entry in lab.store.state.last_run.backups}
    assert kept["update"]["values"] == {"notes": "old"}
    assert kept["delete"]["address"] == "widgets/b"
    assert (kept["delete"]["values"]["url"], kept["delete"]["values"]["notes"]) == (SITE, "kept")


async def test_a_backup_holds_no_secret(lab: Any) -> None:
    secret = "a secret that is long enough"
    lab.environ["KEY"] = secret
    lab.desire({"widgets": {"a": {"url": SITE, "api_key": {"secret": "KEY"}}, "b": {"url": SITE}}})
    await lab.apply()
    lab.desire({"widgets": {"b": {"url": SITE}}})
    await lab.apply()
    (kept,) = lab.store.state.last_run.backups
    assert kept["values"]["api_key"]["$fingerprint"].startswith("s1$")  # not the secret, and not its name either
    assert secret not in repr(kept)


class DirtyGit(NoGit):
    """A repository in which something of desired/ is not committed."""

    def root(self) -> Path | None:
        return self.folder

    def head(self) -> str:
        return "c1"

    def dirty(self, folder: Path) -> list[str]:
        return ["desired/widgets.yaml"]


async def test_an_apply_asks_the_commit_gate_before_it_reads_anything(lab: Any) -> None:
    lab.desire(TWO)
    with pytest.raises(ReconcilerError, match="not committed"):
        await lab.engine(git=DirtyGit).apply(Options())
    assert lab.world.reads == []
    assert (await lab.engine(git=DirtyGit).plan(Options())).changes


async def test_planning_opens_reading_connections_only(lab: Any) -> None:
    lab.desire(TWO)
    async with lab.engine().look(EVERYTHING) as seen:
        assert [provider.connection.read_only for provider in seen.providers.values()] == [True]


async def test_what_waits_for_a_stale_change_is_stale_too(lab: Any) -> None:
    lab.desire({"groups": {"g": {}}, "widgets": {"a": {"url": SITE, "group": "g"}, "b": {"url": SITE}}})
    saved = lab.saved(await lab.plan())
    lab.desire(
        {"groups": {"g": {"title": "changed since"}}, "widgets": {"a": {"url": SITE, "group": "g"}, "b": {"url": SITE}}}
    )
    outcome = await lab.apply(saved=saved)
    assert {str(r.address): r.status for r in outcome.results} == {
        "groups/g": "stale",
        "widgets/a": "stale",
        "widgets/b": "done",
    }


def test_a_generated_value_is_the_same_when_it_is_sent_again() -> None:
    made: list[int] = []

    def generate(wanted: Generated) -> SecretValue:
        made.append(wanted.bytes)
        return SecretValue(f"value {len(made)}")

    resolver = Resolver({}, {}, lambda name: None, generate, lambda ref: None)
    resource = Resource(Address("vaults", "v"), "one", ("v",), {"key": Generated(32)}, Location("v.yaml", 1, 1))
    first, again = (resolver.resolve(resource, Shape(form="mapping")).spec["key"] for _ in range(2))
    assert first == again
    assert made == [32]


async def test_a_password_that_somebody_put_into_a_url_joins_the_redaction_funnel(lab: Any) -> None:
    lab.desire({"widgets": {"a": {"url": SITE}}})
    await lab.apply()
    lab.world.edit(lab.world.ids("widgets")[0], url="https://watch:a-long-password-9@learn.example.test/")
    plan = await lab.plan()
    clean = lab.last.runtime.redactor.clean
    assert "a-long-password-9" in repr(plan.drift)
    assert "a-long-password-9" not in clean(repr(plan.drift))
