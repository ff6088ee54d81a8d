"""`reconcile simulate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.options import command as make

if TYPE_CHECKING:
    from reconciler.cli.context import Invocation


@make("simulate", formats=("text", "json"))
@click.option("--seed", type=int, help="Of the worlds; the same seed, the same worlds. Default: a fresh one, shown.")
@click.option("--worlds", type=click.IntRange(1), default=100, show_default=True, help="How many.")
@click.option("--world", type=click.IntRange(0), metavar="NUMBER", help="Only this one of the seed: to see it again.")
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Processes. Default: one for each processor.")
def command(invocation: Invocation, seed: int | None, worlds: int, world: int | None, jobs: int | None) -> int:
    """Live through bad days: random worlds, histories and faults against the real engine, in simulated time.

    Touches no network and no files of yours. Exits with 1 when an invariant does not hold in some world.
    """
    from reconciler.simulate import batch, told

    output = invocation.output
    if seed is None:
        seed = invocation.runtime.random.getrandbits(32)
    output.tell(f"seed {seed}")
    if world is not None:
        worlds, jobs = 1, 1
    invocation.progress.start("simulating", worlds)
    try:
        done = batch.run(seed, worlds, first=world or 0, jobs=jobs, told=lambda _: invocation.progress.advance())
    finally:
        invocation.progress.finish()
    if invocation.common.format == "json":
        from reconciler.cli.output import json_text

        output.write(json_text(told.document(done)))
    else:
        output.write(told.text(done))
    return 0 if done.ok else 1
