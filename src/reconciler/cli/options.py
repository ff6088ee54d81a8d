"""The options that commands have in common, and what they come to."""

from __future__ import annotations

import atexit
import gc
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import update_wrapper
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from reconciler.cli.failures import INVOCATION

RARELY = (50_000, 20, 20)  # looks for garbage: nearly all that a command makes lives until it ends
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"^([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)?$")


@dataclass(frozen=True, slots=True)
class Common:
    """The common options, read. `verbosity` is negative when quiet; `deadline` is in seconds from now."""

    desired: Path = Path("desired")
    format: str = "text"
    targets: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    env_files: tuple[str, ...] = ()
    deadline: float | None = None
    verbosity: int = 0
    no_color: bool = False


class Duration(click.ParamType[float]):
    """`90`, `90s`, `2m`, `1h`: seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return seconds."""
        match = _DURATION.match(str(value))
        if not match or float(match[1]) <= 0:
            self.fail(f"{value!r} is not a duration; write 90s, 2m or 1h", param, ctx)
        return float(match[1]) * _SECONDS[match[2] or "s"]


def complete_address(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the addresses in desired/ that start so."""
    from reconciler.cli.complete import addresses

    root = ctx.params.get("desired") or "desired"
    return [CompletionItem(a) for a in addresses(Path(root)) if a.startswith(incomplete)]


def _desired() -> Callable[..., Any]:
    return click.option("--desired", default="desired", show_default=True, metavar="DIR", help="The desired state.")


def _output(formats: tuple[str, ...]) -> list[Callable[..., Any]]:
    chosen = click.option(
        "--format",
        "output_format",
        type=click.Choice(formats),
        default="text",
        show_default=True,
        help="Of the output.",
    )
    return [
        chosen,
        click.option("-v", "--verbose", count=True, help="Say more; -vv logs every request, on stderr."),
        click.option("-q", "--quiet", is_flag=True, help="No progress and no remarks on stderr."),
        click.option("--no-color", is_flag=True, help="No colours (also NO_COLOR, or when not a terminal)."),
    ]


def _reading() -> list[Callable[..., Any]]:
    return [
        click.option(
            "--target",
            "targets",
            multiple=True,
            metavar="ADDRESS",
            shell_complete=complete_address,
            help="Only these: collection/handle, globs allowed. Repeatable.",
        ),
        click.option(
            "--provider", "providers", multiple=True, metavar="NAME", help="Only these instances. Repeatable."
        ),
    ]


def _connecting() -> list[Callable[..., Any]]:
    return [
        click.option(
            "--env-file", "env_files", multiple=True, metavar="FILE", help="Look up secrets here too. Repeatable."
        ),
        click.option("--deadline", type=Duration(), metavar="2m", help="Skip a provider that is not read by then."),
    ]


def command(
    name: str,
    *,
    formats: tuple[str, ...] = ("text", "json"),
    connects: bool = False,
    reads: bool = False,
) -> Callable[[Callable[..., Any]], click.Command]:
    """Make a function that takes an Invocation first into a click command with the common options.

    `connects`: it talks to providers. `reads`: it reads all of them, so it can be narrowed.
    """

    def decorate(function: Callable[..., Any]) -> click.Command:
        def callback(**given: Any) -> Any:
            from reconciler.cli.context import Invocation, World

            ctx = click.get_current_context()
            common = Common(
                desired=Path(given.pop("desired")),
                format=given.pop("output_format"),
                targets=given.pop("targets", ()),
                providers=given.pop("providers", ()),
                env_files=given.pop("env_files", ()),
                deadline=given.pop("deadline", None),
                verbosity=-1 if given.pop("quiet") else given.pop("verbose"),
                no_color=given.pop("no_color"),
            )
            given.pop("verbose", None)
            world = ctx.find_root().obj
            if not isinstance(world, World):  # a process of our own, and no test's
                world = World()
                gc.set_threshold(*RARELY)
                atexit.register(gc.freeze)  # what is left at the end need not be looked through for garbage
            invocation = Invocation(common, world)
            ctx.meta[INVOCATION] = invocation
            code = function(invocation, **given)
            invocation.output.flush()
            if code:
                ctx.exit(code)

        options: list[Any] = [
            *(_reading() if reads else ()),
            _desired(),
            *(_connecting() if connects else ()),
            *_output(formats),
        ]
        wrapped: Any = update_wrapper(callback, function)
        for option in reversed(options):
            wrapped = option(wrapped)
        made: click.Command = click.command(name)(wrapped)
        return made

    return decorate
