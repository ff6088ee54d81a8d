"""kill -9 at random moments of real applies: applying again converges; nothing is doubled, lost or in the way."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bcrypt
import pytest

pytestmark = pytest.mark.slow  # real processes, many of them

LATENCY = 0.02  # seconds per request: kills fall between effects, and none takes effect long after its sender is gone
VOLATILE = re.compile(r"_at$|position$|^(incident_token|aggregate_state|availability|status|status_history)$")
PING = "/api/v1/heartbeat/"
ALTERED = (
    ("loud: {name: Loud, sms: true}", "loud: {name: Loud, sms: false, call: true}"),
    ("/learn.x.test/login", "/learn.x.test/sign-in"),
    ("  leaving: {", "  arriving: {"),
    ("{public_name: Old, resource: monitors/leaving}", "{public_name: New, resource: monitors/arriving}"),
    ("- name: Jobs", "- name: Nightly jobs"),
    ("nightly: {period: 1d, grace: 1h, policy: p0}",
     "nightly: {period: 1d, grace: 2h}\n  weekly: {period: 7d, grace: 0}"),
    ("role: STUDENT, courses: [AI-101]}", "role: INSTRUCTOR, courses: [AI-201]}"),
    ("  bob@x.test: {name: Bob, ", "  cora@x.test: {name: Cora, "),
)  # fmt: skip


def version(site: Any, step: int) -> Mapping[str, str]:
    """The desired state of a step: the first one and the altered one by turns."""
    texts = {path.name: path.read_text() for path in (site.world.template / "work/desired").glob("*.yaml")}
    for old, new in ALTERED if step % 2 else ():
        assert texts["objects.yaml"].count(old) == 1, old
        texts["objects.yaml"] = texts["objects.yaml"].replace(old, new)
    return texts


@dataclass(frozen=True)
class Moment:
    """So many seconds after so many writes to the vendor."""

    writes: int
    seconds: float


@dataclass(frozen=True)
class Model:
    """What nobody disturbed: production after each step, how many writes its apply sent and how many seconds it took.

    From the second step on, somebody has left the roster and is kept, so the first step is like no other.
    """

    states: tuple[Any, ...]
    writes: tuple[int, ...]
    seconds: tuple[float, ...]

    def at(self, step: int) -> int:
        return step if step < len(self.states) else 1 + (step - 1) % 2

    def moment(self, step: int, rng: random.Random) -> Moment:
        """Return a random moment of an apply: anywhere in its time, or soon after a write."""
        if rng.random() < 0.25:
            return Moment(0, rng.uniform(0.1, 0.95) * self.seconds[self.at(step)])
        return Moment(rng.randint(1, self.writes[self.at(step)]), rng.uniform(0.0, 0.2))


@dataclass
class Victim:
    """A project whose applies are killed."""

    site: Any
    in_git: bool = True
    empty: Any = None
    counts: Counter[str] = field(default_factory=Counter)
    opened: dict[tuple[str, str], bool] = field(default_factory=dict)

    def desire(self, step: int) -> None:
        files = version(self.site, step)
        (self.site.commit if self.in_git else self.site.write)(files)

    def kill(self, moment: Moment, *, whole_group: bool, model: Model) -> None:
        """Start an apply and kill it at a moment, with git's processes or without."""
        before = len(self.site.world.proxy.writes)
        process = self.site.start("apply", "--yes", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and len(self.site.world.proxy.writes) - before < moment.writes:
            time.sleep(0.002)
        try:
            process.wait(moment.seconds)
        except subprocess.TimeoutExpired:
            (os.killpg if whole_group else os.kill)(process.pid, signal.SIGKILL)
            process.wait(30)
        if process.returncode != -signal.SIGKILL:
            self.counts["was faster"] += 1
            return
        _wait_for_orphans(process.pid)
        self.counts["killed"] += 1
        self.counts["between begin and finish"] += self.begun()
        self.counts["half-done"] += production(self.site) not in (*model.states, self.empty)
        self.no_password_works_unseen()

    def converge(self, wanted: Any) -> None:
        """Apply in a new process: it ends well, nothing is left to do, and nobody holds the lock."""
        applied = self.site.run("apply", "--yes")
        assert applied.code == 0, applied.all
        assert production(self.site) == wanted, applied.all
        again = self.site.run("plan", "--detailed-exitcode", "--format", "json")
        assert (again.code, json.loads(again.out)["changes"]) == (0, []), again.all
        assert not self.begun()
        self.no_password_works_unseen()

    def begun(self) -> bool:
        """Whether the ledger names a run that has not finished."""
        if not self.in_git:
            path = self.site.root / ".reconciler/ledger/production/state.json"
            return path.exists() and "begin.json" in json.loads(path.read_text())["files"]
        ref = self.site.git("for-each-ref", "--format=%(refname)", "refs/reconciler", at=self.site.remote)
        return bool(ref) and "begin.json" in self.site.git("ls-tree", "--name-only", ref, at=self.site.remote)

    def no_password_works_unseen(self) -> None:
        """Whoever can sign in has a password that lies in the hand-over folder."""
        stored = self.site.world.sql("SELECT email, password FROM users WHERE left(password, 1) = '$'")
        for email, hashed in stored:
            letters = sorted((self.site.root / "handover").glob(f"*-{email}.txt"), reverse=True)
            assert any(self._opens(path, hashed) for path in letters), f"nobody was told the password of {email}"

    def _opens(self, path: Path, hashed: str) -> bool:
        found = re.search(r"Password: +(\S+)", path.read_text())
        key = (found[1] if found else "", hashed)
        if key not in self.opened:
            self.opened[key] = bcrypt.checkpw(key[0].encode(), hashed.encode())
        return self.opened[key]


def _wait_for_orphans(group: int) -> None:
    """Let a `git push` that outlives its parent come to its end, as it would before anybody typed a command."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.01)


def production(site: Any) -> dict[str, Any]:
    """Everything that is live, one entry per object, so that doubles show; without ids, times and positions."""
    state = site.world.vendor.state()
    names = {o["id"]: _name(o) for objects in state.values() for o in objects}
    found: dict[str, Any] = {kind: sorted(_plain(o, names) for o in objects) for kind, objects in state.items()}
    query = """SELECT u.email, u.name, u.role::text, u."deletedAt" IS NULL, left(u.password, 1) = '$',
      (SELECT string_agg(c.code, ' ' ORDER BY c.code) FROM enrollments e JOIN courses c ON c.id = e."courseId"
       WHERE e."userId" = u.id) FROM users u ORDER BY 1"""
    return {**found, "accounts": site.world.sql(query)}


def _name(item: Mapping[str, Any]) -> str:
    values = item["attributes"]
    keys = ("pronounceable_name", "subdomain", "public_name", "name", "slack_channel_name")
    return next((str(values[key]) for key in keys if values.get(key)), item["id"])


def _plain(item: Mapping[str, Any], names: Mapping[str, str]) -> str:
    def shown(name: str, value: Any) -> Any:
        if isinstance(value, dict):
            kept = {k: v for k, v in value.items() if k != "id" and not VOLATILE.search(k) and PING not in str(v)}
            return {k: shown(k, v) for k, v in kept.items()}
        if isinstance(value, list):
            return [shown(name, v) for v in value]
        return names.get(str(value), value) if name.endswith("_id") else value

    return json.dumps({"parent": names.get(item.get("parent", "")), **shown("", item["attributes"])}, sort_keys=True)


async def slowly(request: Any, forward: Any) -> Any:
    await asyncio.sleep(LATENCY)
    return await forward()


@pytest.fixture(scope="module")
def model(make_site: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory) -> Model:
    """Three steps that nobody disturbs."""
    site = make_site(tmp_path_factory.mktemp("model") / "site")
    site.world.proxy.behave = slowly
    states, writes, seconds = [], [], []
    for step in range(3):
        Victim(site).desire(step)
        site.world.proxy.seen.clear()
        started = time.monotonic()
        applied = site.run("apply", "--yes")
        seconds.append(time.monotonic() - started)
        assert applied.code == 0, applied.all
        states.append(production(site))
        writes.append(len(site.world.proxy.writes))
    return Model(tuple(states), tuple(writes), tuple(seconds))


SHARDS = [pytest.param(seed, seed != 5, id=f"{'git' if seed != 5 else 'file'}-{seed}") for seed in range(1, 6)]
KILLS = 10  # in each of them


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize(("seed", "in_git"), SHARDS)
def test_after_a_kill_at_any_moment_applying_again_converges(site: Any, model: Model, seed: int, in_git: bool) -> None:
    rng = random.Random(seed)
    victim = Victim(site, in_git, production(site))
    if not in_git:
        shutil.rmtree(site.root / ".git")
    site.world.proxy.behave = slowly
    step = 0
    while victim.counts["killed"] < KILLS:
        assert step < 3 * KILLS, "the applies are too fast to be killed"
        victim.desire(step)
        for _ in range(rng.choice((1, 1, 1, 2))):
            victim.kill(model.moment(step, rng), whole_group=rng.random() < 0.3, model=model)
        victim.converge(model.states[model.at(step)])
        step += 1
    assert "Nobody holds the lock" in site.run("unlock", "--yes").out
    print(f"{'git' if in_git else 'file'} ledger, seed {seed}: {dict(victim.counts)}")
    assert victim.counts["between begin and finish"] >= KILLS * 0.3
    assert victim.counts["half-done"] >= KILLS * 0.2


@pytest.mark.parametrize("write", [2, 9])
def test_a_kill_right_after_a_write_doubles_and_loses_nothing(site: Any, write: int) -> None:
    killed: list[int] = []

    async def deadly(request: Any, forward: Any) -> Any:
        answer = await forward()
        if len(site.world.proxy.writes) >= write and not killed:
            killed.append(process.pid)
            os.kill(process.pid, signal.SIGKILL)
            return None
        return answer

    site.world.proxy.behave = deadly
    process = site.start("apply", "--yes")
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    victim = Victim(site)
    assert victim.begun()
    applied = site.run("apply", "--yes")
    assert applied.code == 0, applied.all
    assert site.world.names("monitors") == ["catalogue", "home", "leaving", "login"]
    assert site.world.names("sections") == ["Jobs", "Site"]
    assert site.world.names("urgencies") == ["High Severity", "Loud", "Low Severity"]
    assert not victim.begun()
    assert site.run("plan", "--detailed-exitcode").code == 0
    victim.no_password_works_unseen()
