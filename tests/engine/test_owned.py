"""Who can only write to the ledger's ref can make the tool change or remove nothing: git has to say the same."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.engine.owned import Owning
from reconciler.model import Address, Lifecycle, Plan
from reconciler.report import html, text
from reconciler.report.document import outcome_document, plan_document

SITE = "https://learn.example.test/"
KEPT = {"url": SITE, "lifecycle": {"on_remove": "retain"}}


def forged(live_id: str, commit: str, **more: Any) -> dict[str, Any]:
    record = {"provider": "memory", "live_id": live_id, "identity": ["theirs"], "commit": commit, "run": "r1"}
    return {**record, "spec": {"url": SITE, "name": "theirs"}, **more}


@pytest.mark.parametrize("commit", ["the last one", "", "HEAD", "--output=/x", "f" * 40])
async def test_a_forged_record_of_an_object_nobody_declared_deletes_nothing(repository: Any, commit: str) -> None:
    last = repository.commit({"widgets": {"a": {"url": SITE}}})
    await repository.apply()
    theirs = repository.lab.world.add("widgets", name="theirs", url=SITE)
    entry = forged(theirs, last if commit == "the last one" else commit)
    repository.forge(lambda records: records.update(theirs=entry))
    plan = await repository.plan()
    assert plan.changes == ()
    assert [u.live_id for u in plan.unmanaged] == [theirs]
    (notice,) = plan.notices
    assert notice.startswith("widgets/theirs: its record is not ours (")
    assert "reconcile forget widgets/theirs" in notice
    await repository.apply()
    assert theirs in repository.lab.world.objects["widgets"]


async def test_a_forged_record_of_a_declared_object_that_is_somebody_elses_makes_it_no_update(repository: Any) -> None:
    repository.commit({"widgets": {"a": {"url": SITE}}})
    await repository.apply()
    theirs = repository.lab.world.add("widgets", name="theirs", url="https://theirs.example.test/")
    last = repository.commit({"widgets": {"a": {"url": SITE}, "theirs": {"url": SITE}}})
    repository.forge(lambda records: records.update(theirs=forged(theirs, last, spec={"url": "https://x.example"})))
    assert await repository.lines() == ["adopt widgets/theirs held"]
    assert "has another url" in (await repository.plan()).notices[0]
    await repository.apply()
    assert repository.lab.shown("widgets")["theirs"]["url"] == "https://theirs.example.test/"
    repository.commit({"widgets": {"a": {"url": SITE}, "theirs": {"url": SITE, "lifecycle": {"adopt": True}}}})
    assert [r.status for r in (await repository.apply()).results] == ["done"]
    assert (await repository.plan()).notices == ()
    assert await repository.lines() == []


async def test_a_true_record_with_somebody_elses_id_deletes_nothing(repository: Any) -> None:
    repository.commit({"widgets": {"a": {"url": SITE}, "old": {"url": SITE}}})
    await repository.apply()
    theirs = repository.lab.world.add("widgets", name="theirs", url=SITE)
    repository.commit({"widgets": {"a": {"url": SITE}}})
    repository.forge(lambda records: records["old"].update(live_id=theirs))
    (change,) = (await repository.plan()).changes
    assert [h.gate for h in change.held] == ["owner"]


async def test_a_true_record_with_somebody_elses_id_replaces_nothing(repository: Any) -> None:
    repository.commit({"widgets": {"a": {"url": SITE}}})
    await repository.apply()
    theirs = repository.lab.world.add("widgets", name="theirs", url=SITE)
    repository.commit({"widgets": {"a": {"url": SITE, "placement": "up"}}})
    repository.forge(lambda records: records["a"].update(live_id=theirs))
    delete, create = (await repository.plan()).changes
    assert (delete.action, [h.gate for h in delete.held]) == ("delete", ["owner"])
    assert (create.action, [h.gate for h in create.held]) == ("create", ["identity"])


async def test_a_record_whose_removal_was_made_harsher_deletes_nothing(repository: Any) -> None:
    repository.commit({"widgets": {"a": {"url": SITE}, "old": KEPT}})
    await repository.apply()
    repository.commit({"widgets": {"a": {"url": SITE}}})
    assert await repository.lines() == ["retain widgets/old"]
    repository.forge(lambda records: records["old"].pop("lifecycle"))
    assert await repository.lines() == []
    assert "has another lifecycle" in (await repository.plan()).notices[0]


async def test_a_forged_announcement_of_a_dead_run_deletes_nothing(repository: Any) -> None:
    repository.commit({"widgets": {"a": {"url": SITE}}})
    await repository.apply()
    theirs = repository.lab.world.add("widgets", name="theirs", url=SITE)
    orphan = {"address": "widgets/theirs", "provider": "memory", "identity": ["theirs"], "run": "r0"}
    repository.forge(
        lambda meta: meta.update(orphans=[{**orphan, "since": "1970-01-01T00:00:00+00:00", "live_id": theirs}]),
        "ledger.json",
    )
    assert await repository.lines() == []


async def test_a_commit_that_was_not_merged_proves_nothing(repository: Any) -> None:
    repository.commit({"widgets": {"a": {"url": SITE}}})
    await repository.apply()
    theirs = repository.lab.world.add("widgets", name="theirs", url=SITE)
    root, run_git = repository.lab.root, repository.run_git
    run_git(root, "checkout", "-qb", "side")
    aside = repository.commit({"widgets": {"a": {"url": SITE}, "theirs": {"url": SITE}}})
    run_git(root, "checkout", "-q", "-")
    repository.forge(lambda records: records.update(theirs=forged(theirs, aside, spec={"url": SITE})))
    assert await repository.lines() == []
    assert "not in the history of HEAD" in (await repository.plan()).notices[0]


async def test_what_git_said_is_changed_and_removed_as_ever(repository: Any) -> None:
    life = {"protect": False, "on_drift": "hold", "ignore": ["notes"]}
    repository.commit(
        {"widgets": {"a": {"url": SITE}, "b": {"url": SITE, "alert_after": "2 failures", "lifecycle": life}}}
    )
    await repository.apply()
    repository.commit({"widgets": {"b": {"url": SITE, "alert_after": "3 failures", "lifecycle": life}}})
    assert await repository.lines() == ["delete widgets/a", "update widgets/b"]
    assert (await repository.plan()).notices == ()
    await repository.apply()
    assert list(repository.lab.shown("widgets")) == ["b"]
    repository.commit({"widgets": {"c": {"url": SITE, "name": "b", "lifecycle": {"moved_from": "b"}}}})
    await repository.apply()
    repository.commit({"widgets": {}})
    await repository.apply()
    assert repository.lab.shown("widgets") == {}


async def test_what_was_applied_before_there_was_a_repository_stays_ours(repository: Any, run_git: Any) -> None:
    root = repository.lab.root
    (root / ".git").rename(root / "later")
    repository.lab.desire({"widgets": {"a": {"url": SITE}}})
    await repository.apply()
    (root / "later").rename(root / ".git")
    (root / ".git" / "info" / "exclude").write_text("later\n.reconciler\n")
    repository.commit({"widgets": {"a": {"url": SITE}, "b": {"url": SITE}}})
    await repository.apply()
    repository.commit({"widgets": {"b": {"url": SITE}}})
    assert await repository.lines() == ["delete widgets/a"]


async def test_a_shallow_clone_says_what_it_lacks_and_removes_nothing(
    repository: Any, tmp_path: Path, run_git: Any
) -> None:
    repository.commit({"widgets": {"a": {"url": SITE}, "old": {"url": SITE}}})
    await repository.apply()
    repository.commit({"widgets": {"a": {"url": SITE}}})
    run_git(tmp_path, "clone", "-q", "--depth=1", repository.lab.root.as_uri(), "shallow")
    repository.lab.root = tmp_path / "shallow"
    plan = await repository.plan()
    assert plan.changes == ()
    assert "this clone is shallow (git fetch --unshallow)" in plan.notices[0]


def pages(plan: Plan) -> str:
    return json.dumps(plan_document(plan)) + html.render_plan(plan) + html.render_drift(plan) + text.render_plan(plan)


@pytest.mark.parametrize("lost", ["the commit", "the record"])
async def test_a_record_that_is_not_ours_still_conceals_what_was_a_secret(
    repository: Any, tmp_path: Path, run_git: Any, lost: str
) -> None:
    lab = repository.lab
    repository.commit({"groups": {"g": {}}, "widgets": {"a": {"url": SITE, "endpoint": {"from": "groups/g.token"}}}})
    await repository.apply()
    (widget,) = lab.world.ids("widgets")
    lab.world.edit(widget, endpoint="hunter2-an-older-token")  # nothing live says any more that this was a token
    plain = {"url": SITE, "endpoint": "https://open.example.test/", "lifecycle": {"adopt": lost == "the record"}}
    repository.commit({"groups": {"g": {}}, "widgets": {"a": plain}})
    if lost == "the commit":
        run_git(tmp_path, "clone", "-q", "--depth=1", lab.root.as_uri(), "shallow")
        lab.root = tmp_path / "shallow"
    else:
        repository.forge(lambda records: records["a"]["spec"].update(notes="never said"))
    plan = await repository.plan()
    assert [(c.action, [f.path for f in c.fields]) for c in plan.changes] == [("adopt", [("endpoint",)])]
    assert "endpoint: (secret value)" in pages(plan)
    assert "hunter2" not in pages(plan)
    lab.world.edit(widget, endpoint="hunter2-another-token")
    assert [c.digest for c in (await repository.plan()).changes] == [c.digest for c in plan.changes]
    if lost == "the record":
        outcome = await repository.apply()
        assert lab.shown("widgets")["a"]["endpoint"] == plain["endpoint"]
        (kept,) = repository.engine().ledger.read().last_run.backups
        assert kept["values"]["endpoint"].keys() == {"$fingerprint"}
        assert "hunter2" not in json.dumps(outcome_document(outcome)) + repr(repository.engine().ledger.read())


async def test_a_plan_that_changes_nothing_looks_at_no_old_commit(
    repository: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit({"widgets": {"a": {"url": SITE}, "b": {"url": SITE}, "c": {"url": SITE}}})
    await repository.apply()
    loaded: list[str] = []
    load = Owning._load
    monkeypatch.setattr(Owning, "_load", lambda self, commit: loaded.append(commit) or load(self, commit))
    assert await repository.lines() == []
    assert loaded == []
    last = repository.commit({"widgets": {"a": {"url": SITE, "notes": "x"}, "b": {"url": SITE, "notes": "x"}}})
    assert len((await repository.plan()).changes) == 3
    assert len(loaded) == 1
    assert loaded != [last]


def test_a_record_is_compared_whole() -> None:
    from reconciler.errors import Location
    from reconciler.model import Recorded, Resource
    from reconciler.plan.owning import unlike

    address = Address("widgets", "a")
    said = Resource(address, "memory", ("a",), {"url": SITE, "size": 1}, Location("x"), Lifecycle(adopt=True))
    record = Recorded(address, "memory", "1", ("a",), {"url": SITE, "size": 1}, "r1")
    assert unlike(record, said) == ""
    for other in (
        replace(record, provider="other"),
        replace(record, identity=("b",)),
        replace(record, spec={"url": SITE}),
        replace(record, spec={**record.spec, "more": None}),
        replace(record, spec={"url": SITE, "size": True}),
        replace(record, lifecycle=Lifecycle(protect=True)),
    ):
        assert unlike(other, said)
    assert unlike(record, None)
    announced = replace(record, spec={}, interrupted=True)
    assert unlike(announced, said) == ""
    assert unlike(replace(announced, identity=("b",)), said)
