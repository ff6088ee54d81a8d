"""The scenarios: each sets the stage, runs fresh processes, and returns a row with its verdict."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import projects
from measure import RECONCILE, Row, Run, median, most, run, sample, spread
from vendor import Rate, Vendor

HERE = Path(__file__).parent
PAGE = 250  # the most Better Stack gives in one page


@dataclass(frozen=True)
class Size:
    """How much is measured, and how strictly. `slack` multiplies every limit of time."""

    runs: int
    objects: int
    many: int
    creates: int
    rate: Rate
    slack: float
    patience: int  # how many times as many runs may be made, to find as many on a quiet machine


FULL = Size(runs=5, objects=1000, many=10_000, creates=200, rate=Rate(8, 16), slack=1.0, patience=5)
SMOKE = Size(runs=1, objects=250, many=600, creates=60, rate=Rate(30, 10), slack=4.0, patience=1)


def help_page(size: Size) -> Row:
    """`--help` against importing click, run in turns so that both meet the same machine."""
    ours: list[Run] = []
    click: list[Run] = []
    for _ in range(3 * size.runs + 6):
        click.append(_python("-c", "import click"))
        ours.append(run([RECONCILE, "--help"]))
    ratio = median(ours) / median(click)
    limit = 2.0 if size.slack == 1.0 else 3.0
    return Row(
        "reconcile --help",
        f"<= {limit:g} x import click",
        f"{1000 * median(ours):.0f} ms",
        peer=f"{ratio:.2f} x import click",
        ok=ratio <= limit,
    )


def validate(size: Size, root: Path) -> Row:
    """`validate` with models and published schemas, cold."""
    projects.better_stack(root, size.objects, rate="none")
    bare = _sample(size, lambda: _python(str(HERE / "peers.py"), "yaml", str(root / "desired")))
    ours = _sample(size, lambda: run([RECONCILE, "validate"], cwd=root))
    limit = 1.0 * size.slack
    return Row(
        f"validate {size.objects} objects",
        f"< {limit:g} s cold",
        spread(ours),
        megabytes=most(ours),
        peer=f"{median(ours) / median(bare):.1f} x parsing the YAML",
        ok=median(ours) < limit,
    )


def plan(size: Size, root: Path, vendor: Vendor) -> Row:
    """`plan` of monitors that are as they should be."""
    projects.better_stack(root, size.objects, rate="none")
    vendor.start_counting()
    run([RECONCILE, "apply", "--yes"], cwd=root, environ=vendor.environ)
    calls: list[int] = []

    def planned() -> Run:
        vendor.start_counting(keep=True)
        one = run([RECONCILE, "plan", "--detailed-exitcode"], cwd=root, environ=vendor.environ)
        counts = vendor.counts()
        assert counts["writes"] == 0, counts
        calls.append(counts["reads"])
        return one

    bare = _sample(size, lambda: _python(str(HERE / "peers.py"), "read", vendor.url, vendor.token))
    ours = _sample(size, planned)
    pages = -(-size.objects // PAGE)
    limit = 3.0 * size.slack
    return Row(
        f"plan {size.objects} monitors, nothing to do, over HTTP",
        f"< {limit:g} s, <= {pages}+8 calls",
        spread(ours),
        calls=f"{max(calls)} ({pages} pages)",
        megabytes=most(ours),
        peer=f"{median(ours) / median(bare):.1f} x reading the pages",
        ok=median(ours) < limit and max(calls) <= pages + 8,
    )


def apply_unlimited(size: Size, root: Path, vendor: Vendor) -> Row:
    """`apply` of creates where no rate is declared and none is enforced."""
    calls: list[int] = []

    def created() -> Run:
        vendor.start_counting()
        one = _apply(size, root / str(len(calls)), vendor, "none")
        counts = vendor.counts()
        assert counts["writes"] == size.creates, counts
        calls.append(counts["reads"] + counts["writes"])
        return one

    def created_bare() -> Run:
        vendor.start_counting()
        return _python(str(HERE / "peers.py"), "write", vendor.url, vendor.token, str(size.creates))

    bare = _sample(size, created_bare)
    ours = _sample(size, created)
    limit = 2.0 * size.slack
    return Row(
        f"apply {size.creates} creates, no rate declared",
        f"< {limit:g} s",
        spread(ours),
        calls=str(max(calls)),
        megabytes=most(ours),
        peer=f"{median(ours) / median(bare):.1f} x 32 at a time, bare",
        ok=median(ours) < limit,
    )


def apply_declared(size: Size, root: Path, vendor: Vendor) -> Row:
    """`apply` of creates at the declared rate, which the server enforces."""
    vendor.start_counting(enforced=size.rate)
    ours = _apply(size, root, vendor, size.rate.yaml())
    counts = vendor.counts()
    writing = counts["last_write"] - counts["first_write"]
    share = size.rate.seconds_for(counts["writes"]) / writing
    limit = 0.9 if size.slack == 1.0 else 0.6
    return Row(
        f"apply {size.creates} creates, {size.rate.per_second:g}/s declared and enforced",
        f">= {limit:.0%} of it, no 429",
        f"{share:.0%} ({writing:.1f} s writing, {ours.seconds:.1f} s in all)",
        calls=f"{counts['reads'] + counts['writes']}, {counts['refused']} x 429",
        megabytes=ours.megabytes,
        ok=share >= limit and counts["refused"] == 0,
    )


def apply_half(size: Size, root: Path, vendor: Vendor) -> Row:
    """`apply` of creates against a server that enforces half of what is declared."""
    enforced = Rate(size.rate.per_second / 2, size.rate.burst // 2)
    vendor.start_counting(enforced=enforced)
    ours = _apply(size, root, vendor, size.rate.yaml())
    counts = vendor.counts()
    least = enforced.seconds_for(counts["reads"] + counts["writes"])
    limit = 1.5 * size.slack
    few = max(10, size.creates // 20)
    return Row(
        f"apply {size.creates} creates, half of the declared rate enforced",
        f"<= {limit:g} x the least, <= {few} x 429",
        f"{ours.seconds / least:.2f} x ({ours.seconds:.1f} s, least {least:.1f} s)",
        calls=f"{counts['reads'] + counts['writes']}, {counts['refused']} x 429",
        megabytes=ours.megabytes,
        ok=ours.seconds <= limit * least and counts["refused"] <= few and counts["writes"] == size.creates,
    )


def many(size: Size, root: Path) -> Sequence[Row]:
    """Plans over six instances that are as they should be, and the pure planner alone."""
    rows: list[Row] = []
    for objects, seconds, megabytes in ((size.objects, 3.0, None), (size.many, 15.0, 300.0)):
        folder = root / str(objects)
        _many("prepare", folder, str(objects), "6")
        found: dict[Run, dict[str, float]] = {}

        def planned(folder: Path = folder, found: dict[Run, dict[str, float]] = found) -> Run:
            one, answer = _many("plan", folder)
            one = replace(one, seconds=answer["seconds"])
            found[one] = answer
            return one

        runs = sample(planned, size.runs if megabytes is None else max(1, size.runs // 2), patience=size.patience)
        middle, memory = median(runs), most(runs)
        limit = seconds * size.slack
        rows.append(
            Row(
                f"plan {objects} objects over 6 instances, nothing to do",
                f"< {limit:g} s" + (f", < {megabytes:.0f} MB" if megabytes else ""),
                spread(runs),
                calls=str(found[runs[0]]["calls"]),
                megabytes=memory,
                ok=middle < limit and (megabytes is None or memory < megabytes),
            )
        )
    one, answer = _many("planner", root / str(size.many))
    text = f"{answer['seconds']:.2f} s"
    rows.append(Row(f"of which deciding, {size.many} objects", "", text, megabytes=one.megabytes))
    return rows


def _sample(size: Size, measure: Callable[[], Run]) -> list[Run]:
    return sample(measure, size.runs, patience=size.patience)


def _many(task: str, folder: Path, *sizes: str) -> tuple[Run, dict[str, float]]:
    one = _python(str(HERE / "many.py"), task, str(folder), *sizes)
    return one, json.loads(one.output.splitlines()[-1])


def _apply(size: Size, root: Path, vendor: Vendor, rate: str) -> Run:
    projects.better_stack(root, size.creates, rate=rate)
    return run([RECONCILE, "apply", "--yes"], cwd=root, environ=vendor.environ)


def _python(*arguments: str) -> Run:
    return run([sys.executable, *arguments])
