"""Each law of the contract fails on a provider that breaks it."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import AnswerLost, NotFound, ProviderError, ReconcilerError, Refused, Unavailable
from reconciler.model import Live, Resource, Scope, Update
from reconciler.provider import Connection
from reconciler.testing import Fault, Harness, MemoryProvider, MemoryRim, MemoryWorld, ProviderContract, Sample
from reconciler.testing.kinds import MEMORY_KINDS
from reconciler.testing.lab import Lab
from reconciler.testing.site import Site
from reconciler.values import SecretValue

WIDGET = Sample(
    "widgets/a",
    {
        "url": "https://a.example/",
        "labels": {"x": "1"},
        "api_key": {"secret": "KEY"},
        "password": {"secret": "PASSWORD"},
        "group": "g",
    },
    {"url": "https://a.example/changed", "labels": {"x": "1"}, "group": "g"},
)
GROUP = Sample("groups/g", {})
PERSON = Sample("people/p@example.org", {})


def shown(live: Live, **values: Any) -> Live:
    return replace(live, values={**live.values, **values})


class LosesTheLastPage(MemoryProvider):
    async def list(self, kind: str) -> AsyncIterator[Live]:
        found = [live async for live in super().list(kind)]
        for live in found[:2]:
            yield live


class HidesFailures(MemoryProvider):
    async def list(self, kind: str) -> AsyncIterator[Live]:
        try:
            async for live in super().list(kind):
                yield live
        except ProviderError:
            return


class ForgetsLabels(MemoryProvider):
    async def create(self, desired: Resource) -> Live:
        spec = {name: value for name, value in desired.spec.items() if name != "labels"}
        return await super().create(replace(desired, spec=spec))


class AnswersOtherwise(MemoryProvider):
    async def create(self, desired: Resource) -> Live:
        return shown(await super().create(desired), url="https://elsewhere.example/")


class ShowsPasswords(MemoryProvider):
    async def create(self, desired: Resource) -> Live:
        return shown(await super().create(desired), password=SecretValue("123456"))


class ShowsKeysAsText(MemoryProvider):
    async def create(self, desired: Resource) -> Live:
        live = await super().create(desired)
        key = live.values.get("api_key")
        return shown(live, api_key=key.reveal()) if isinstance(key, SecretValue) else live


class NumbersItsObjects(MemoryProvider):
    async def create(self, desired: Resource) -> Live:
        live = await super().create(desired)
        number: Any = int(live.id)
        return replace(live, id=number)


class ResetsOnUpdate(MemoryProvider):
    async def update(self, change: Update) -> Live:
        live = await super().update(change)
        self.world.find(live.id).values["labels"] = {}
        return live


class ChangesTheWrongOne(MemoryProvider):
    async def update(self, change: Update) -> Live:
        for other in self.world.ids("widgets"):
            self.world.find(other).values["url"] = change.desired.spec["url"]
        return await super().update(change)


class AppendsOnUpdate(MemoryProvider):
    async def update(self, change: Update) -> Live:
        live = await super().update(change)
        self.world.find(live.id).values["notes"] = self.world.find(live.id).values.get("notes", "") + "again"
        return live


class DeletesOnce(MemoryProvider):
    async def delete(self, live: Live) -> None:
        if not self.world.ids(live.kind):
            raise NotFound("it is gone")
        await super().delete(live)
        self.world.objects[live.kind].clear()


class WritesAlways(MemoryProvider):
    def __init__(self, connection: Connection) -> None:
        super().__init__(replace(connection, read_only=False))


class OnlySeemsToDisable(MemoryProvider):
    async def disable(self, live: Live) -> None:
        return None


class ForgetsWhoItIs(MemoryProvider):
    async def whoami(self) -> Scope:
        await super().whoami()
        return Scope({"account": str(id(self))})


class CountsNothing(MemoryProvider):
    @property
    def requests(self) -> int:
        return 0


class SaysNothingHappened(MemoryProvider):
    async def create(self, desired: Resource) -> Live:
        try:
            return await super().create(desired)
        except AnswerLost as lost:
            raise Unavailable(lost.message) from lost


class TriesAgainBlindly(MemoryProvider):
    async def create(self, desired: Resource) -> Live:
        try:
            return await super().create(desired)
        except AnswerLost:
            return await super().create(desired)


class LosesItsTemper(MemoryProvider):
    async def create(self, desired: Resource) -> Live:
        try:
            return await super().create(desired)
        except ProviderError as error:
            raise RuntimeError("oops") from error


class TellsSecrets(MemoryProvider):
    async def create(self, desired: Resource) -> Live:
        try:
            return await super().create(desired)
        except ProviderError as error:
            key = desired.spec["api_key"]
            raise Unavailable(f"could not send {key.reveal() if isinstance(key, SecretValue) else key}") from error


class EchoesTheUnknown(MemoryProvider):
    async def list(self, kind: str) -> AsyncIterator[Live]:
        async for live in super().list(kind):
            yield shown(live, **{k: v for k, v in self.world.find(live.id).values.items() if k.startswith("x_")})


class SpellsOtherwise(MemoryProvider):
    async def list(self, kind: str) -> AsyncIterator[Live]:
        async for live in super().list(kind):
            yield shown(live, url=f"{live.values['url']}#") if kind == "widgets" else live


class ShowsWhatItsModelRefuses(MemoryProvider):
    async def list(self, kind: str) -> AsyncIterator[Live]:
        async for live in super().list(kind):
            yield shown(live, interval=77) if kind == "widgets" else live


class SaysDoneTooEarly(MemoryProvider):
    async def update(self, change: Update) -> Live:
        return change.live


CREATED = "what_is_created_is_listed_with_the_same_values"
UPDATED = "an_update_changes_what_it_names_and_nothing_else"
SHAPED = "a_live_object_has_the_shape_of_its_kind"
CREATE_FAILS = "a_create_that_fails_left_nothing_behind_or_says_it_may_have"
ROWS = [
    (LosesTheLastPage, "a_listing_holds_every_page", {"sample": WIDGET}),
    (HidesFailures, "reading_fails_with_a_provider_error", {"sample": WIDGET, "fault": Fault.SERVER_ERROR}),
    (ForgetsLabels, CREATED, {"sample": WIDGET}),
    (AnswersOtherwise, CREATED, {"sample": WIDGET}),
    (ShowsPasswords, SHAPED, {"sample": WIDGET}),
    (ShowsKeysAsText, SHAPED, {"sample": WIDGET}),
    (ShowsKeysAsText, "no_secret_shows_in_what_is_read", {"sample": WIDGET}),
    (NumbersItsObjects, SHAPED, {"sample": WIDGET}),
    (EchoesTheUnknown, "what_no_model_knows_is_ignored_and_never_sent_back", {"changing": WIDGET}),
    (ResetsOnUpdate, UPDATED, {"changing": WIDGET}),
    (ChangesTheWrongOne, UPDATED, {"changing": WIDGET}),
    (AppendsOnUpdate, "an_update_repeated_changes_nothing_more", {"changing": WIDGET}),
    (DeletesOnce, "what_is_deleted_is_gone_and_deleting_it_again_is_done", {"sample": WIDGET}),
    (OnlySeemsToDisable, "what_is_disabled_is_out_of_service", {"sample": PERSON}),
    (WritesAlways, "a_connection_that_only_reads_refuses_every_write", {"changing": WIDGET}),
    (ForgetsWhoItIs, "whoami_names_the_account_and_does_not_change", {}),
    (CountsNothing, "requests_are_counted", {}),
    (SaysNothingHappened, CREATE_FAILS, {"sample": WIDGET, "fault": Fault.RESET_AFTER}),
    (TriesAgainBlindly, CREATE_FAILS, {"sample": WIDGET, "fault": Fault.RESET_AFTER}),
    (LosesItsTemper, CREATE_FAILS, {"sample": WIDGET, "fault": Fault.LIMITED}),
    (SpellsOtherwise, "after_apply_nothing_is_left_to_do", {}),
    (ShowsWhatItsModelRefuses, "what_is_live_can_be_imported_and_then_needs_nothing", {}),
    (SaysDoneTooEarly, "changes_are_applied_one_by_one", {"changing": WIDGET}),
    (
        TriesAgainBlindly,
        "a_fault_on_any_write_leaves_nothing_that_the_next_apply_does_not_mend",
        {"fault": Fault.RESET_AFTER},
    ),
    (TellsSecrets, CREATE_FAILS, {"sample": WIDGET, "fault": Fault.ECHO}),
]


class Contract(ProviderContract):
    samples = (WIDGET, GROUP, PERSON)


def _canaries(harness: Harness) -> Callable[[Any], list[str]]:
    values = [harness.secret(name).reveal() for name in ("KEY", "PASSWORD")]
    return lambda thing: [value for value in values if value in f"{thing} {thing!r}"]


@pytest.mark.parametrize(("broken", "law", "given"), ROWS, ids=[f"{row[0].__name__}-{row[1]}" for row in ROWS])
@pytest.mark.parametrize("honest", [True, False], ids=["honest", "broken"])
async def test_a_broken_provider_fails_its_law_and_an_honest_one_does_not(
    broken: type[MemoryProvider], law: str, given: dict[str, Any], honest: bool, tmp_path: Path
) -> None:
    world = MemoryWorld(page_size=2)

    async def pollute(live: Live) -> None:
        world.find(live.id).values["x_new"] = 1

    provider = type("Bound", (MemoryProvider if honest else broken,), {"world": world})
    harness = Harness(provider, MEMORY_KINDS, rim=MemoryRim(world), pollute=pollute)
    method = getattr(Contract(), f"test_{law}")
    site = Site(harness, tmp_path)
    site.desire(Contract.samples)
    offered = {"harness": harness, "site": site, "tmp_path": tmp_path, "canaries": _canaries(harness), **given}
    async with Lab.open(harness, Contract.samples) as lab:
        wanted = {name: {**offered, "lab": lab}[name] for name in _parameters(method)}
        if honest:
            await method(**wanted)
        else:
            with pytest.raises((AssertionError, RuntimeError, ReconcilerError, pytest.fail.Exception)):
                await method(**wanted)


def _parameters(method: Any) -> list[str]:
    return list(inspect.signature(method).parameters)


class HasRoomForOne(MemoryProvider):
    async def create(self, desired: Resource) -> Live:
        if [live async for live in self.list(desired.address.collection)]:
            raise Refused("there is one already")
        return await super().create(desired)


@pytest.mark.parametrize("single", [True, False], ids=["single", "one-of-many"])
@pytest.mark.parametrize(
    "law", [UPDATED, "what_is_deleted_is_gone_and_deleting_it_again_is_done"], ids=["updated", "deleted"]
)
async def test_the_laws_make_no_second_object_of_a_single_one(law: str, single: bool) -> None:
    alone = Sample("groups/only", {"title": "One"}, {"title": "Two"}, single=single)
    provider = type("Bound", (HasRoomForOne,), {"world": MemoryWorld()})
    async with Lab.open(Harness(provider, MEMORY_KINDS), (alone,)) as lab:
        method = getattr(Contract(), f"test_{law}")
        if single:
            await method(lab, alone)
        else:
            with pytest.raises(Refused):
                await method(lab, alone)
