from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from reconciler.model import Address, Live, Pending, ProviderStatus


class Beating:
    """A provider that can be reported to, and remembers what was."""

    reports: tuple = ()

    @classmethod
    async def connect(cls, connection):
        assert connection.read_only
        return cls()

    async def close(self):
        return None

    @property
    def requests(self):
        return 0

    async def list(self, kind):
        yield Live(kind, "1", ("other",), {})
        yield Live(kind, "2", ("nightly",), {})

    async def ping(self, live, *, failed):
        Beating.reports = (*Beating.reports, (live.id, failed))


@pytest.fixture
def beating(bench, make):
    from reconciler.kind.settings import ProviderSettings

    Beating.reports = ()
    bench.catalog = SimpleNamespace(provider_class=lambda name: Beating, broken=())
    bench.project.instances = {"betterstack": SimpleNamespace(type="betterstack", settings=ProviderSettings())}
    pingable = {"heartbeats": True, "heartbeat_groups": False, "monitors": False}
    bench.project.kinds = {name: SimpleNamespace(pingable=able) for name, able in pingable.items()}
    names = ("heartbeats/nightly", "heartbeats/gone", "heartbeat_groups/nightly", "monitors/nightly")
    bench.project.resources = tuple(make.resource(name) for name in names)
    return bench


@pytest.mark.parametrize(
    ("arguments", "report"),
    [
        pytest.param(("nightly",), ("2", False), id="success"),
        pytest.param(("nightly", "--fail"), ("2", True), id="failure"),
        pytest.param(("heartbeats/nightly",), ("2", False), id="by-address"),
    ],
)
def test_the_live_heartbeat_of_that_name_is_reported_to(beating, arguments, report):
    assert beating.run("heartbeat", *arguments).exit_code == 0
    assert Beating.reports == (report,)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param("weekly", "declares no heartbeat weekly\n  fix: it declares: nightly, gone", id="not-declared"),
        pytest.param("gone", "is declared, and not live at betterstack", id="not-live"),
    ],
)
def test_a_heartbeat_that_is_not_there_is_an_error(beating, name, said):
    result = beating.run("heartbeat", name)
    assert result.exit_code == 1
    assert said in result.stderr
    assert Beating.reports == ()


PENDING = (Pending(Address("monitors", "nightly"), "nobody looked yet"),)
UNDUE = (replace(PENDING[0], due=datetime(2099, 1, 1, tzinfo=UTC)),)
DUE = (replace(PENDING[0], due=datetime(2020, 1, 1, tzinfo=UTC)),)
UNREAD = {"betterstack": ProviderStatus("skipped", "503")}


@pytest.mark.parametrize(
    ("plan", "failed", "said"),
    [
        pytest.param({}, False, "", id="as-it-should-be"),
        pytest.param({"pending": PENDING}, True, "monitors/nightly: nobody looked yet\n", id="pending"),
        pytest.param({"pending": DUE}, True, "monitors/nightly: nobody looked yet\n", id="pending-and-overdue"),
        pytest.param({"pending": UNDUE}, False, "(not due before 2099-01-01 00:00Z)", id="pending-and-not-yet-due"),
        pytest.param(
            {"changes": ["monitors/nightly"]}, True, "monitors/nightly: update is due: ", id="a-change-is-due"
        ),
        pytest.param({"providers": UNREAD}, True, "betterstack was not read: 503\n", id="not-read"),
    ],
)
def test_a_heartbeat_reports_on_other_objects(beating, make, plan, failed, said):
    changes = tuple(make.update(address) for address in plan.pop("changes", ()))
    beating.engine.given = replace(beating.engine.given, changes=changes, **plan)
    result = beating.run("heartbeat", "nightly", "--if", "monitors/*")
    assert Beating.reports == (("2", failed),)
    assert result.exit_code == (2 if failed else 0)
    assert said in result.stderr
    assert (beating.engine.options.targets, beating.engine.options.flag) == (("monitors/*",), "--if")
    assert beating.engine.options.providers == ("betterstack",)
