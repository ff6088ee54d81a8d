"""Running the simulators of a project's providers, and taking them down again."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from reconciler.errors import InputError, Problem, ReconcilerError
from reconciler.provider import HasSandbox, Sandbox, SandboxRequest, SandboxService
from reconciler.sandbox.needs import external_names, secret_names

if TYPE_CHECKING:
    from reconciler.discover import Catalog
    from reconciler.load.project import Project


@runtime_checkable
class Shares(Protocol):
    """A simulator that can be served at the address of another account of the same API."""

    def beside(self, first: Any) -> SandboxService: ...


@dataclass(frozen=True, slots=True)
class Running:
    """Simulators that are up. `exports` are the environment variables that make the tool use them.

    `folder` holds all they keep, and is gone when they are.
    """

    exports: Mapping[str, str]
    folder: Path
    services: Mapping[str, SandboxService]  # by instance
    sandboxes: Mapping[str, Sandbox]  # by instance
    without: tuple[str, ...] = ()  # instances whose provider ships no simulator


@asynccontextmanager
async def serve(
    project: Project, catalog: Catalog, *, seed: int = 0, faults: bool = False, only: Collection[str] = ()
) -> AsyncIterator[Running]:
    """Run the simulator of every configured instance (or of those in `only`) until the block ends.

    Each is seeded so that what environment.yaml expects and what resources refer to exists. Secrets that are referred
    to, and that no simulator exports, get made-up values, the same ones for the same seed. All state lives in one new
    folder, which is gone afterwards.

    Raises:
        InputError: `only` names no configured instance, or there is nothing to simulate.
        ReconcilerError: a simulator did not start, or two of them claim one variable.
    """
    wanted = _choose(project, catalog, only)
    async with AsyncExitStack() as stack:
        workdir = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="reconcile-sandbox-")))
        exports: dict[str, str] = {}
        services: dict[str, SandboxService] = {}
        sandboxes: dict[str, Sandbox] = {}
        for name, provider in wanted.items():
            folder = workdir / name
            folder.mkdir()
            request = SandboxRequest(
                instance=name,
                settings=project.instances[name].settings,
                needs=external_names((r for r in project.resources if r.provider == name), project.kinds),
                seed=seed,
                faults=faults,
                workdir=folder,
            )
            same = [sandboxes[n] for n in sandboxes if project.instances[n].type == project.instances[name].type]
            sandbox, service = await _start(stack, name, provider, request, same)
            _merge(exports, service.exports, name)
            services[name], sandboxes[name] = service, sandbox
        named = secret_names(project.resources, (i.settings for i in project.instances.values()))
        made = {secret: made_up_secret(secret, seed) for secret in named if secret not in exports}
        without = tuple(name for name in sorted(only or project.instances) if name not in wanted)
        yield Running({**exports, **made}, workdir, services, sandboxes, without)


def made_up_secret(name: str, seed: int) -> str:
    """Return a stand-in for a secret that opens nothing: recognisable, long enough to have a fingerprint."""
    return f"sandbox-{hashlib.sha256(f'{seed}:{name}'.encode()).hexdigest()[:32]}"


def _choose(project: Project, catalog: Catalog, only: Collection[str]) -> dict[str, HasSandbox]:
    strangers = sorted(set(only) - set(project.instances))
    if strangers:
        known = ", ".join(sorted(project.instances)) or "none"
        raise InputError(
            [Problem(f"no provider instance {s!r} in environment.yaml", f"configured are: {known}") for s in strangers]
        )
    chosen: dict[str, HasSandbox] = {}
    for name, instance in sorted(project.instances.items()):
        provider = catalog.provider_class(instance.type)
        if (not only or name in only) and isinstance(provider, HasSandbox):
            chosen[name] = provider
    if not chosen:
        raise InputError([Problem("no configured provider ships a simulator", "see `reconcile provider list`")])
    return chosen


async def _start(
    stack: AsyncExitStack, name: str, provider: HasSandbox, request: SandboxRequest, same: Sequence[Sandbox]
) -> tuple[Sandbox, SandboxService]:
    """Start the simulator of an instance. `same` are those of its type that run: one variable holds their address."""
    try:
        sandbox = provider.sandbox(request)
        if same and isinstance(sandbox, Shares):
            return sandbox, sandbox.beside(same[0])
        return sandbox, await stack.enter_async_context(sandbox)
    except ReconcilerError:
        raise
    except Exception as error:
        raise ReconcilerError(
            f"the simulator of {name} did not start: {type(error).__name__}: {error}",
            fix=f"leave it out with --provider and the others' names, or look into {name}'s package",
        ) from error


def _merge(exports: dict[str, str], more: Mapping[str, str], name: str) -> None:
    for variable, value in more.items():
        if exports.setdefault(variable, value) != value:
            raise ReconcilerError(
                f"{variable} is exported by the simulator of {name} and by another one, with different values",
                fix="give the instances secrets of different names, or run one of them with --provider",
            )
