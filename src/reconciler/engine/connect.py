"""Connections to provider instances: secrets resolved, one rate budget per credential, read-only unless asked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.discover import Catalog
from reconciler.engine.options import SILENT, Progress
from reconciler.errors import CredentialRejected, ProviderError
from reconciler.http.budget import RateBudget
from reconciler.load.project import Project
from reconciler.provider import Connection, Provider
from reconciler.runtime import Runtime
from reconciler.secrets.commands import read_commands
from reconciler.secrets.resolve import SecretResolver
from reconciler.values import SecretRef, SecretValue

log = logging.getLogger("reconciler.connect")


def resolver_of(project: Project, runtime: Runtime) -> SecretResolver:
    """Return what looks up the secrets of a project: its files, and the commands that this user declared.

    Raises InputError for a file that cannot be used.
    """
    commands = read_commands(runtime.environ, project.root, runtime.uid)
    sources, redactor = project.secret_sources, runtime.redactor
    return SecretResolver(runtime.environ, sources, project.root, redactor, commands=commands, run=runtime.process)


@dataclass(slots=True)
class Connector:
    """Opens providers of one project. `deadline` is in runtime.monotonic() seconds."""

    project: Project
    catalog: Catalog
    runtime: Runtime
    secrets: SecretResolver
    deadline: float | None = None
    progress: Progress = SILENT
    budgets: dict[tuple[str, str], RateBudget] = field(default_factory=dict)
    opened: list[Provider] = field(default_factory=list)

    async def open(self, name: str, *, read_only: bool = True, for_writing: bool | None = None) -> Provider:
        """Return a connected provider. Raises ProviderError (CredentialRejected for a missing secret).

        `for_writing` gives it the credential that writes, or that reads, whatever it may do.
        """
        instance = self.project.instances[name]
        settings = instance.settings
        writing = not read_only if for_writing is None else for_writing
        references = settings.secrets_to_write() if writing else settings.secrets()
        secrets = await asyncio.to_thread(self._secrets, references)
        connection = Connection(
            instance=name,
            settings=settings,
            secrets=secrets,
            runtime=self.runtime,
            root=self.project.root,
            read_only=read_only,
            deadline=self.deadline,
            budget=self._budget(name, secrets),
            for_writing=for_writing,
        )
        try:
            cls = self.catalog.provider_class(instance.type)
        except ImportError as error:
            raise ProviderError(f"provider {instance.type} cannot be loaded: {error}", fix="reinstall it") from error
        try:
            provider = await cls.connect(connection)
        except CredentialRejected as error:
            raise self._told_why(error, references, secrets) from None
        self.opened.append(provider)
        return provider

    async def close(self) -> None:
        """Close every connection that was opened. One that cannot be closed does not keep the others open."""
        while self.opened:
            try:
                await self.opened.pop().close()
            except Exception:
                # What was read or written stands. A run that is done is not a failed one because hanging up failed.
                log.warning("a connection could not be closed", exc_info=True)

    def _told_why(
        self, error: CredentialRejected, references: Mapping[str, SecretRef], secrets: Mapping[str, SecretValue]
    ) -> CredentialRejected:
        """Return a refusal with what kept a missing secret's value away: a file or command that could not be asked."""
        missing = [ref.name for field_name, ref in references.items() if field_name not in secrets]
        problem = next((p for name in missing if (p := self.secrets.failure(name))), None)
        if problem is None:
            return error
        told = f"{error.message}: {problem.where}: {problem.message}"
        return CredentialRejected(told, fix=problem.fix, operation=error.operation, status=error.status)

    def _secrets(self, references: Mapping[str, SecretRef]) -> Mapping[str, SecretValue]:
        found = {field_name: self.secrets.get(ref.name) for field_name, ref in references.items()}
        return {field_name: value for field_name, value in found.items() if value is not None}

    def _budget(self, name: str, secrets: Mapping[str, SecretValue]) -> RateBudget:
        """One budget per (instance, credential), kept across the read and the write connection of a run."""
        settings = self.project.instances[name].settings
        key = (name, "|".join(f"{k}={hash(v.reveal())}" for k, v in sorted(secrets.items())))
        if key not in self.budgets:

            def told(seconds: float, why: str) -> None:
                self.progress.tell(f"waiting {seconds:.0f} s for {name} ({why})")

            self.budgets[key] = RateBudget.of(settings, self.runtime, told)
        return self.budgets[key]
