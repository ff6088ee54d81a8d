"""Whatever a vendor answers to a write, what it did is never taken for undone. What it names is named, or an error."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import AnswerLost, ProviderError
from reconciler.kind.shape import Shape, shape_of
from reconciler.provider import Disables
from reconciler.testing import Harness, Sample
from reconciler.testing.garble import ODD, REMOVED, Tape
from reconciler.testing.lab import Lab

_spec = importlib.util.spec_from_file_location("fuzz_taped", Path(__file__).with_name("taped.py"))
assert _spec is not None
assert _spec.loader is not None
taped: Any = sys.modules.get(_spec.name) or importlib.util.module_from_spec(_spec)
if _spec.name not in sys.modules:
    sys.modules[_spec.name] = taped
    _spec.loader.exec_module(taped)

KINDS = [pytest.param(c, kind, id=f"{c.name}-{kind}") for c in taped.CONTRACTS for kind in c.collections]
TAKES_EFFECT = {"headers": "/versions"}  # where the end of a path says which write counts: others prepare it


@dataclass(frozen=True)
class Done:
    """One operation as it went: what it met, how to do it again, and what came of it."""

    tape: Tape
    work: Any
    came: Any


def chosen_sample(contract: Any, kind: str) -> Sample:
    """Return the sample of a kind that is written: one that can be updated, where there is one."""
    found = [sample for sample in contract.samples if sample.where.collection == kind]
    return next((sample for sample in found if sample.changed is not None), found[0])


@cache
def recordings(contract: Any, kind: str) -> tuple[Harness, dict[str, Done]]:
    """Return each operation on an object of a kind, by its name. What it refers to was made before, off the tape."""
    harness, done, sample = contract.harness(), {}, chosen_sample(contract, kind)

    async def step(name: str, work: Any) -> Any:
        tape, came = await taped.taped(harness, work)
        done[name] = Done(tape, work, came)
        return came

    async def record() -> None:
        async with Lab.open(harness, contract.samples) as lab:
            await lab.prepare(sample)
            wanted = await lab.sendable(sample)
            first = second = lab.made[sample.where] = await step("create", lambda p: p.create(wanted))
            if isinstance(lab.provider, Disables) and "disable" in lab.kind(sample.where).removals:
                await step("disable", lambda p: p.disable(first))
            if "delete" in lab.kind(sample.where).removals:
                await step("delete", lambda p: p.delete(first))
                await harness.runtime.sleep(60.0)  # until it has gone through everywhere
                second = await lab.create(sample)
            if sample.changed is not None:
                change = await lab.change(sample, second)
                await step("update", lambda p: p.update(change))

    asyncio.run(record())
    for name, one in done.items():
        again = taped.met(one.tape, harness, one.work, {})
        assert (again.result, again.error, again.wrote) == (one.came, None, True), f"{name}: another way on the tape"
    return harness, done


def may_name(odd: Any) -> bool:
    """Return whether a value that was put into an answer can be the name or id of something."""
    return isinstance(odd, str | int) and not isinstance(odd, bool) and odd != ""


def may_hide(odd: Any) -> bool:
    """Return whether a value that was put into an answer can say that something else is there, or nothing."""
    return may_name(odd) or odd is REMOVED or odd is False or odd == []


def is_of(given_id: str, true_id: str, odd: Any) -> bool:
    """Return whether an id is the one that the vendor gave: the true one, or the text or number put in its place."""
    return given_id == true_id or (may_name(odd) and str(odd).lower() in given_id.lower())


def check(contract: Any, kind: str, name: str, wrong: list[tuple[Any, str]]) -> None:
    """Do an operation with an odd value at each of these places, and demand that nothing it did is lost."""
    harness, done = recordings(contract, kind)
    one, spoiled, odds = done[name], {}, [odd for _, odd in wrong]
    for chosen, odd in wrong:
        spoiled |= taped.spoil(one.tape, chosen, odd)
    met = taped.met(one.tape, harness, one.work, spoiled, TAKES_EFFECT.get(kind, ""))
    if met.error is not None:
        assert isinstance(met.error, ProviderError)
        said_no = met.error.status in met.refused  # to a later write: the engine looks what there is
        said_no |= len(wrong) > 1 and any(chosen[3][:1] == ("failed",) for chosen, _ in wrong)  # within a success
        assert not met.wrote or said_no or isinstance(met.error, AnswerLost), f"{name} was sent: {met.error!r}"
    elif name in ("create", "update"):
        assert met.wrote or name == "update", "nothing was sent, and counts as made"
        taped.used([met.result], harness, contract.samples)
        assert any(is_of(met.result.id, one.came.id, ODD[odd]) for odd in odds), f"{met.result.id!r} is no id"
    else:
        assert met.wrote or any(may_hide(ODD[odd]) for odd in odds), f"{name} was not done, and counts as done"


def drawn(choice: st.DataObject, tape: Tape) -> tuple[Any, str]:
    """Return a place of an answer on a tape, and what to put there."""
    return choice.draw(st.sampled_from(taped.every_place(tape))), choice.draw(st.sampled_from(taped.NAMES))


@pytest.mark.parametrize(("contract", "kind"), KINDS)
@taped.examples(5)
@given(choice=st.data())
def test_what_a_write_did_is_known_or_in_doubt_whatever_is_answered(
    contract: Any, kind: str, choice: st.DataObject
) -> None:
    _, done = recordings(contract, kind)
    for name in ("create", choice.draw(st.sampled_from(sorted(done)))):
        check(contract, kind, name, [drawn(choice, done[name].tape)])


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("contract", "kind"), KINDS)
@taped.examples(60, times=15)
@given(choice=st.data())
def test_what_a_write_did_is_known_or_in_doubt_after_any_two_wrong_answers(
    contract: Any, kind: str, choice: st.DataObject
) -> None:
    _, done = recordings(contract, kind)
    for name in ("create", choice.draw(st.sampled_from(sorted(done)))):
        check(contract, kind, name, [drawn(choice, done[name].tape) for _ in range(2)])


FOUND = [
    ("betterstack-TestBetterStack", "monitors", "create", ("data",), "null"),
    ("betterstack-TestBetterStack", "escalations", "create", ("data", "id"), "true"),
    ("betterstack-TestBetterStack", "status_pages", "create", ("data", "id"), "digits"),
    ("cloudflare-TestCloudflare", "buckets", "create", ("result",), "null"),
    ("cloudflare-TestCloudflare", "buckets", "update", ("result",), "text"),
    ("github-TestGitHub", "rulesets", "create", ("id",), "empty-list"),
    ("github-TestGitHub", "actions_variables", "create", ("name",), "null"),
    ("github-TestGitHub", "actions_secrets", "update", ("name",), "null"),
    ("neon-TestNeon", "databases", "create", ("database", "name"), "null"),
    ("neon-TestNeon", "endpoints", "create", ("endpoint", "id"), "fraction"),
    ("sentry-TestSentry", "alerts", "create", ("id",), "null"),
    ("sentry-TestSentry", "alerts", "update", ("id",), "null"),
    ("sentry-TestSentry", "client_keys", "create", ("id",), "true"),
    ("sentry-TestSentry", "dashboards", "create", ("title",), "null"),
    ("vercel-TestHosting", "hosting", "create", (), "text"),
    ("vercel-TestProject", "domains", "create", ("apexName",), "removed"),
    ("vercel-TestProject", "domains", "delete", ("id",), "null"),
    ("vercel-TestProject", "env", "create", ("failed",), "list-of-mappings"),
    ("vercel-TestProject", "env", "create", ("created", "id"), "null"),
    ("vercel-TestProject", "headers", "create", ("routes",), "null"),
    ("vercel-TestProject", "headers", "delete", ("versions",), "empty-text"),
    ("vercel-TestProject", "headers", "delete", ("versions", 0, "isLive"), "null"),
]


@pytest.mark.parametrize(("contract", "kind", "name", "place", "odd"), FOUND, ids=lambda value: str(value))
def test_what_once_was_taken_for_undone_or_for_an_id_is_neither(
    contract: str, kind: str, name: str, place: tuple[Any, ...], odd: str
) -> None:
    suite = next(c for c in taped.CONTRACTS if c.name == contract)
    places = taped.every_place(recordings(suite, kind)[1][name].tape)
    meant = [chosen for chosen in places if chosen[3][len(chosen[3]) - len(place) :] == place]
    assert meant
    for chosen in meant[:40]:
        check(suite, kind, name, [(chosen, odd)])


def externals_in(shape: Shape) -> Iterator[str]:
    """Yield every kind of external objects that a field of a kind names."""
    if shape.external:
        yield shape.external.kind
    for inner in (*shape.fields.values(), *([shape.element] if shape.element else [])):
        yield from externals_in(inner)


def named_by(contract: Any) -> list[str]:
    return sorted({kind for model in contract.harness().kinds for kind in externals_in(shape_of(model))})


EXTERNALS = [pytest.param(c, kind, id=f"{c.name}-{kind}") for c in taped.CONTRACTS for kind in named_by(c)]


@cache
def names(contract: Any, kind: str) -> tuple[Harness, Done]:
    """Return how a listing of external objects went, once every sample was made."""
    harness = contract.harness()

    async def listed(provider: Any) -> list[Any]:
        return [found async for found in provider.externals(kind)]

    async def record() -> Done:
        async with Lab.open(harness, contract.samples) as lab:
            for sample in contract.samples:
                if sample.where not in lab.made:
                    await lab.create(sample)
            tape, came = await taped.taped(harness, listed, read_only=True)
            return Done(tape, listed, came)

    done = asyncio.run(record())
    assert taped.met(done.tape, harness, done.work, {}).result == done.came
    return harness, done


def check_names(contract: Any, kind: str, chosen: Any, odd: str) -> None:
    """List external objects with an odd value at a place: each has a name and an id of the vendor's, or an error."""
    harness, done = names(contract, kind)
    met = taped.met(done.tape, harness, done.work, taped.spoil(done.tape, chosen, odd))
    assert met.error is None or isinstance(met.error, ProviderError)
    for found in met.result or []:
        assert isinstance(found.name, str)
        assert any(is_of(found.id, true.id, ODD[odd]) for true in done.came), f"{found.id!r} is no id"


@pytest.mark.parametrize(("contract", "kind"), EXTERNALS)
@taped.examples(10)
@given(choice=st.data())
def test_any_listing_of_names_gives_names_with_ids_or_an_error(contract: Any, kind: str, choice: st.DataObject) -> None:
    check_names(contract, kind, *drawn(choice, names(contract, kind)[1].tape))


FOUND_NAMES = [
    ("cloudflare-TestCloudflare", "zones", "id", "null"),
    ("sentry-TestSentry", "actors", "id", "empty-list"),
    ("sentry-TestSentry", "integrations", "id", "true"),
    ("sentry-TestSentry", "integrations", "provider", "text"),
    ("sentry-TestSentry", "teams", "id", "true"),
]


@pytest.mark.parametrize(("contract", "kind", "member", "odd"), FOUND_NAMES, ids=lambda value: str(value))
def test_what_is_no_id_is_not_given_to_a_name(contract: str, kind: str, member: str, odd: str) -> None:
    suite = next(c for c in taped.CONTRACTS if c.name == contract)
    meant = [c for c in taped.every_place(names(suite, kind)[1].tape) if c[3][-1:] == (member,)]
    assert meant
    for chosen in meant:
        check_names(suite, kind, chosen, odd)
