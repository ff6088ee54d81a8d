from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler import SandboxRequest
from reconciler.discover import Catalog
from reconciler.errors import InputError, ReconcilerError
from reconciler.load.project import Project
from reconciler.sandbox.run import made_up_secret, serve


async def test_every_simulator_is_up_inside_the_block_and_gone_after_it(
    project: Callable[..., Project], catalog: Catalog, log: list[str], requests: list[SandboxRequest]
) -> None:
    async with serve(project(), catalog) as running:
        assert log == ["up north", "up south"]
        assert set(running.services) == {"north", "south"}
        assert running.without == ("bare",)
        folders = [request.workdir for request in requests]
        assert [(folder / "state").read_text() for folder in folders] == ["north", "south"]
    assert log[2:] == ["down south", "down north"]
    assert not any(Path(folder).parent.exists() for folder in folders)


async def test_each_is_asked_for_what_its_own_resources_refer_to(
    project: Callable[..., Project], catalog: Catalog, requests: list[SandboxRequest]
) -> None:
    async with serve(project(), catalog, seed=7, faults=True):
        north, south = requests
    assert (north.needs, south.needs) == ({"courses": ("A", "B")}, {"courses": ("C",)})
    assert {(r.seed, r.faults) for r in requests} == {(7, True)}


async def test_every_secret_that_is_referred_to_is_exported(project: Callable[..., Project], catalog: Catalog) -> None:
    async with serve(project(), catalog, seed=3) as running:
        assert dict(running.exports) == {
            "NORTH_TOKEN": "it's north",
            "SOUTH_TOKEN": "it's south",
            "SCHOOL_API_URL": "http://127.0.0.1:1",
            "BO_PASSWORD": made_up_secret("BO_PASSWORD", 3),
        }


def test_a_made_up_secret_depends_on_its_name_and_the_seed_only() -> None:
    assert made_up_secret("A", 1) == made_up_secret("A", 1)
    assert len({made_up_secret("A", 1), made_up_secret("A", 2), made_up_secret("B", 1)}) == 3
    assert len(made_up_secret("A", 1)) >= 16


async def test_only_the_named_instances_are_simulated(
    project: Callable[..., Project], catalog: Catalog, log: list[str]
) -> None:
    async with serve(project(), catalog, only=["south"]) as running:
        assert log == ["up south"]
        assert running.without == ()


@pytest.mark.parametrize(
    ("only", "message"),
    [
        pytest.param(["nowhere"], "no provider instance 'nowhere' in environment.yaml", id="unknown-instance"),
        pytest.param(["bare"], "no configured provider ships a simulator", id="nothing-to-simulate"),
    ],
)
async def test_a_wish_that_cannot_be_met_is_refused_before_anything_starts(
    project: Callable[..., Project], catalog: Catalog, log: list[str], only: list[str], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        async with serve(project(), catalog, only=only):
            pass
    assert log == []


async def test_a_simulator_that_does_not_start_is_named_and_the_others_are_taken_down(
    project: Callable[..., Project], catalog: Catalog, log: list[str]
) -> None:
    schools = {
        name: {"type": "school", "token": {"secret": f"{name.upper()}_TOKEN"}}
        for name in ("north", "south", "academy", "broken")
    }
    with pytest.raises(ReconcilerError, match="the simulator of broken did not start: RuntimeError: no room"):
        async with serve(project(**schools), catalog):
            pass
    assert log == ["up academy", "down academy"]


async def test_two_simulators_cannot_give_one_variable_two_values(
    project: Callable[..., Project], catalog: Catalog, log: list[str]
) -> None:
    schools = {name: {"type": "school", "token": {"secret": "SCHOOL_TOKEN"}} for name in ("north", "south")}
    with pytest.raises(ReconcilerError, match="SCHOOL_TOKEN is exported by the simulator of south and by another one"):
        async with serve(project(**schools), catalog):
            pass
    assert log == ["up north", "up south", "down south", "down north"]
