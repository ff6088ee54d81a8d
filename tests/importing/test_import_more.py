"""What an import leaves out, and how its files come to be: all of them or none, and never over another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import ReconcilerError
from reconciler.importing.run import ImportDiffers
from reconciler.importing.write import write_new

SITE = "https://learn.example.test/"


def listed(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if p.name != "environment.yaml")


async def test_a_list_that_can_be_said_only_in_part_is_left_out_and_the_rest_is_imported(dock: Any) -> None:
    locked = dock.world.add("people", email="gone@x.test", state="locked")
    steps = [{"type": "email"}, {"type": "call", "target": f"people/{locked}"}]
    dock.world.add("widgets", name="a", url=SITE, steps=steps)
    dock.world.add("widgets", name="b", url=SITE, steps=steps[:1])
    imported = await dock.run()
    assert [str(a) for a in imported.objects] == ["widgets/a", "widgets/b"]
    text = (dock.root / "desired" / "widgets.yaml").read_text()
    assert "call" not in text
    assert any(what == "widgets/a.steps[1].target" and "not managed" in why for what, why in imported.skipped)
    assert {c.action for c in (await dock.plan()).changes} == {"record"}


async def test_an_object_whose_needed_field_is_lost_is_skipped_and_what_refers_to_it_is_not(dock: Any) -> None:
    odd = dock.world.add("entries", key="k", scope="live", value="v")
    dock.world.unreadable[odd, "scope"] = "the API hides it"
    dock.world.add("widgets", name="a", url=SITE)
    imported = await dock.run()
    assert [str(a) for a in imported.objects] == ["widgets/a"]
    assert any("it cannot be written: scope: the API hides it" in why for _, why in imported.skipped)


async def test_secrets_of_handles_that_look_alike_have_names_of_their_own(dock: Any) -> None:
    dock.world.add("widgets", name="a-b", url=SITE, api_key="one value of a secret")
    dock.world.add("widgets", name="a.b", url=SITE, api_key="another value of a secret")
    imported = await dock.run()
    assert len(set(imported.secrets)) == 2


@pytest.mark.parametrize("password", ["a-long-password-9", "pw1"])
async def test_a_url_with_a_password_is_not_written(dock: Any, password: str) -> None:
    dock.world.add("widgets", name="open", url=SITE)
    dock.world.add("widgets", name="closed", url=f"https://watch:{password}@learn.example.test/")
    imported = await dock.run()
    assert [str(a) for a in imported.objects] == ["widgets/open"]
    assert any("holds a password" in why for _, why in imported.skipped)
    assert password not in "".join(imported.files.values())


async def test_a_name_that_is_taken_on_disk_is_not_used(dock: Any) -> None:
    dock.world.add("groups", name="g")
    dock.world.add("widgets", name="a", url=SITE)
    (dock.root / "desired" / "widgets.yaml").mkdir()
    await dock.run()
    assert listed(dock.root / "desired") == ["groups.yaml", "widgets.imported.yaml", "widgets.yaml"]


async def test_what_the_model_refuses_is_skipped_and_the_rest_is_imported(dock: Any) -> None:
    dock.world.add("widgets", name="odd", url="no address at all")
    dock.world.add("widgets", name="even", url=SITE)
    imported = await dock.run()
    assert [str(a) for a in imported.objects] == ["widgets/even"]
    assert any(what.startswith("widgets: odd") and "is not an http" in why for what, why in imported.skipped)


async def test_what_makes_no_valid_whole_is_said_and_not_written(dock: Any) -> None:
    dock.world.add("widgets", name="a", url=SITE, slot=1)
    dock.world.add("widgets", name="b", url=SITE, slot=1)
    with pytest.raises(ImportDiffers, match="slot 1 is taken"):
        await dock.run()
    assert listed(dock.root / "desired") == []


def test_all_files_are_made_or_none(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("theirs")
    with pytest.raises(ReconcilerError, match="nothing was imported"):
        write_new(tmp_path, {"a.yaml": "1", "b.yaml": "2", "c.yaml": "3"})
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"b.yaml": "theirs"}
    write_new(tmp_path, {"a.yaml": "1", "c.yaml": "3"})
    assert listed(tmp_path) == ["a.yaml", "b.yaml", "c.yaml"]


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ReconcilerError, match="cannot be written"):
        write_new(tmp_path / "nowhere", {"a.yaml": "1"})
