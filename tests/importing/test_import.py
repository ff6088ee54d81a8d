"""What is live becomes YAML as a person would write it, and the plan after it only records."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.errors import ReconcilerError

SITE = "https://learn.example.test/"


def files(dock: Any) -> dict[str, str]:
    folder = dock.root / "desired"
    return {p.name: p.read_text() for p in sorted(folder.glob("*.yaml")) if p.name != "environment.yaml"}


async def test_an_object_is_written_minimal_but_for_what_is_essential(dock: Any) -> None:
    dock.world.add("widgets", name="home", url=SITE, interval=180, paused=False, notes="x", regions=["eu", "us"])
    imported = await dock.run()
    assert [str(a) for a in imported.objects] == ["widgets/home"]
    assert files(dock) == {
        "widgets.yaml": (
            "# yaml-language-server: $schema=../schemas/widgets.json\n"
            f"widgets:\n  home:\n    url: {SITE}\n    notes: x\n"
        )
    }
    assert [c.action for c in (await dock.plan()).changes] == ["record"]


async def test_references_are_written_by_handle(dock: Any) -> None:
    group = dock.world.add("groups", name="My Group")
    dock.world.add("widgets", name="home", url=SITE, group=group, owner=f"groups/{group}")
    await dock.run()
    text = files(dock)["widgets.yaml"]
    assert "group: my-group\n" in text
    assert "owner: groups/my-group\n" in text
    assert "name: My Group" in files(dock)["groups.yaml"]
    assert {c.action for c in (await dock.plan()).changes} == {"record"}


async def test_a_secret_is_written_as_a_name_and_never_as_a_value(dock: Any) -> None:
    dock.world.add("widgets", name="home", url=SITE, api_key="canary-value-of-a-secret")
    imported = await dock.run()
    text = files(dock)["widgets.yaml"]
    assert "canary" not in text
    assert "api_key: {secret: WIDGETS_HOME_API_KEY}" in text
    assert imported.secrets == ("WIDGETS_HOME_API_KEY",)
    assert [c.action for c in (await dock.plan()).changes] == ["record"]


async def test_what_cannot_be_expressed_is_skipped_with_its_reason(dock: Any) -> None:
    dock.world.add("widgets", name="odd", url=SITE, mode="quantum")
    dock.world.add("widgets", name="twin", url=SITE)
    dock.world.add("widgets", name="twin", url=SITE)
    dock.world.add("people", email="gone@x.test", state="locked")
    imported = await dock.run()
    reasons = " | ".join(f"{what}: {why}" for what, why in imported.skipped)
    assert "mode quantum is not known" in reasons
    assert "2 objects have this name" in reasons
    assert "out of service" in reasons
    assert imported.objects == ()


async def test_what_is_managed_already_is_not_imported_again(dock: Any) -> None:
    dock.world.add("widgets", name="home", url=SITE)
    await dock.run()
    await dock.apply()
    dock.world.add("widgets", name="new", url=SITE)
    imported = await dock.run()
    assert [str(a) for a in imported.objects] == ["widgets/new"]
    assert set(files(dock)) == {"widgets.yaml", "widgets.imported.yaml"}
    assert [str(c.address) for c in (await dock.plan()).changes] == ["widgets/new"]


async def test_handles_that_would_clash_are_made_unique(dock: Any) -> None:
    for name in ("A b", "a-b", "A/b"):
        dock.world.add("groups", name=name)
    imported = await dock.run()
    assert [a.handle for a in imported.objects] == ["a-b", "a-b-2", "a-b-3"]
    assert {c.action for c in (await dock.plan()).changes} == {"record"}


async def test_an_instance_that_cannot_be_read_writes_nothing(dock: Any) -> None:
    from reconciler.errors import Unavailable

    dock.world.add("widgets", name="home", url=SITE)
    dock.world.faults = lambda operation, phase: Unavailable("503", fix="wait") if operation == "whoami" else None
    with pytest.raises(ReconcilerError, match="could not be read") as caught:
        await dock.run()
    assert caught.value.fix == "wait"
    assert files(dock) == {}


TRAPS = ["on", "no", "3:00", "010", "1e3", "null", "~", "2026-01-01", "a: b", "# c", "'", "é\u2028", " x ", "1_000"]


@pytest.mark.parametrize("text", TRAPS)
async def test_texts_that_yaml_would_misread_come_back_as_they_are(dock: Any, text: str) -> None:
    dock.world.add("widgets", name="home", url=SITE, notes=text)
    await dock.run()
    assert [c.action for c in (await dock.plan()).changes] == ["record"]


live_widget = st.fixed_dictionaries(
    {"url": st.just(SITE)},
    optional={
        "interval": st.sampled_from([30, 180, 3600]),
        "paused": st.booleans(),
        "notes": st.text("ab:# \n'\"é", max_size=6),
        "regions": st.lists(st.sampled_from(["us", "eu", "as"]), unique=True),
        "labels": st.dictionaries(st.text("kl", min_size=1, max_size=3), st.text("v:", max_size=3), max_size=2),
        "headers": st.lists(st.sampled_from(["x", "y"]), unique=True).map(
            lambda ns: [{"name": n, "value": n} for n in ns]
        ),
        "steps": st.lists(st.sampled_from([{"type": "email"}, {"type": "wait", "wait": 300}]), max_size=2),
        "ports": st.lists(st.integers(1, 9), max_size=2),
        "api_key": st.just("a live value of a secret"),
    },
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(objects=st.dictionaries(st.text("aB /é", min_size=1, max_size=4), live_widget, max_size=4))
async def test_import_reset_apply_import_gives_the_same_bytes(docks: Any, objects: dict[str, Any]) -> None:
    one, two = docks(), docks()
    for name, values in objects.items():
        one.world.add("widgets", name=name, **values)
    imported = await one.run()
    assert len(imported.objects) + sum("widgets" in what for what, _ in imported.skipped) >= len(objects)
    for name, text in files(one).items():
        (two.root / "desired" / name).write_text(text)
    two.environ = dict.fromkeys(imported.secrets, "a live value of a secret")
    await two.apply()
    third = docks()
    third.world = two.world
    await third.run()
    assert files(third) == files(one)
