"""`SecretResolver`: from the name of a secret to its value, at the rim."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from reconciler.errors import InputError, Problem, ReconcilerError
from reconciler.process import NotInstalled, Ran, RunProcess, run_process
from reconciler.redact import Redactor
from reconciler.secrets import sops
from reconciler.secrets.commands import NO_COMMANDS, Command, Commands
from reconciler.secrets.files import Source, SourceFile, read_source
from reconciler.values import SecretValue

LONGEST_VALUE = 2**16  # bytes that a command may print
LONGEST_TEXT = 300  # characters of what a command said that are worth showing
_SECRET_NAME = re.compile(r".*(TOKEN|SECRET|PASSWORD|PASSPHRASE|CREDENTIAL|API_?KEY|PRIVATE_KEY|SESSION).*", re.I)
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\s]+")


class SecretResolver:
    """Looks names up in the process environment, in the named files in their order, and last asks a command.

    No other file is read. A variable that is set to nothing counts as not set: CI systems pass undefined secrets so.
    A program (`sops`, a command) runs at most once for each file and name, and only when `get` needs it. May be used
    from several threads.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        sources: Sequence[Source],
        root: Path,
        redactor: Redactor,
        *,
        commands: Commands = NO_COMMANDS,
        run: RunProcess = run_process,
    ) -> None:
        """Read the named files; relative paths start at `root`. Nothing is run.

        Raises:
            InputError: a file is missing, unreadable, holds a line that is not KEY=VALUE, or is not encrypted as it
                should be. All of them are in it.
        """
        self._environ = environ
        self._redactor = redactor
        self._commands = commands
        self._run = run
        self._asking = threading.Lock()
        problems: list[Problem] = []
        self._files = tuple(read_source(source, root, problems) for source in sources)
        if problems:
            raise InputError(problems)
        self._values: dict[SourceFile | Command, Mapping[str, str]] = {}  # of what was asked, by what
        self._failures: dict[SourceFile | Command, Problem] = {}

    def get(self, name: str) -> SecretValue | None:
        """Return the value of a secret that is needed now, known to the redactor from now on; None where nobody has it.

        Opens encrypted files and runs the command of that name, if the value is nowhere before. Slow, then: seconds.
        """
        return self._found(name, ask=True)

    def known(self, name: str) -> SecretValue | None:
        """Return the value of a secret as far as it is at hand: no program is started for it."""
        return self._found(name, ask=False)

    def open_files(self) -> None:
        """Open the encrypted files, so that `known` has their values. One that cannot be opened stays shut."""
        for file in self._files:
            self._of_file(file, ask=True)

    def failure(self, name: str) -> Problem | None:
        """Return why a source that may have the value could not be asked; None where none failed."""
        command = self._commands.by_name.get(name)
        asked: tuple[SourceFile | Command, ...] = (*self._files, *([command] if command else []))
        return next((self._failures[one] for one in asked if one in self._failures), None)

    def missing_reason(self, name: str) -> str:
        """Return where a missing value was looked for."""
        verb = "is empty" if name in self._environ else "is not set"
        where = [f"{name} {verb} in the process environment", *(self._not_in(file, name) for file in self._files)]
        command = self._commands.by_name.get(name)
        if command:
            problem = self._failures.get(command)
            where.append(problem.message if problem else "its command was not asked")
        elif self._commands.off and self._commands.file:
            where.append(f"no command is run ({self._commands.off})")
        return ", and ".join(where)

    def _not_in(self, file: SourceFile, name: str) -> str:
        if file in self._failures:
            return self._failures[file].message
        values = self._of_file(file, ask=False)
        return f"{'empty' if name in values else 'not'} in {file.path}"

    def _found(self, name: str, *, ask: bool) -> SecretValue | None:
        value = self._environ.get(name)
        for file in self._files:
            value = value or self._of_file(file, ask=ask).get(name)
        command = self._commands.by_name.get(name)
        if not value and command:
            value = self._of_command(name, command, ask=ask).get(name)
        if not value:
            return None
        self._redactor.add(value, f"secret {name}")
        return SecretValue(value, f"secret {name}")

    def _of_file(self, file: SourceFile, *, ask: bool) -> Mapping[str, str]:
        if file.values is not None:
            return file.values
        with self._asking:
            if file not in self._values and ask:
                self._values[file] = self._opened(file)
            return self._values.get(file, {})

    def _of_command(self, name: str, command: Command, *, ask: bool) -> Mapping[str, str]:
        with self._asking:
            if command not in self._values and ask:
                self._values[command] = self._printed(name, command)
            return self._values.get(command, {})

    def _opened(self, file: SourceFile) -> Mapping[str, str]:
        argv = sops.command(str(file.full), file.format)
        try:
            ran = self._run(argv, sops.environment(self._environ))
        except ReconcilerError as error:
            fix = sops.INSTALL if isinstance(error, NotInstalled) else error.fix
            self._failures[file] = Problem(f"{file.path} was not opened: {error.message}", fix, file.where)
            return {}
        if ran.code:
            why, fix = sops.failure(ran.code)
            self._failures[file] = Problem(f"{file.path} was not opened: {why}", fix, file.where)
            return {}
        try:
            return sops.values(ran.out)
        except ValueError:
            what = f"{file.path} was not opened: sops printed no mapping"
            self._failures[file] = Problem(what, "have NAME: value at its top level", file.where)
            return {}

    def _printed(self, name: str, command: Command) -> Mapping[str, str]:
        program = command.argv[0]

        def failed(why: str, fix: str) -> Mapping[str, str]:
            self._failures[command] = Problem(f"its command ({program}) {why}", fix, command.where)
            return {}

        try:
            ran = self._run(command.argv, self._environ)
        except ReconcilerError as error:
            return failed(f"gave no value: {error.message}", error.fix)
        text = ran.out.decode(errors="replace").removesuffix("\n").removesuffix("\r")
        if ran.code:
            said = self._said(ran, text, name)
            return failed(f"ended with {ran.code}{said}", "run it by hand: it may want a sign-in")
        if not text or len(ran.out) > LONGEST_VALUE or "\ufffd" in text:
            return failed("printed no value", "have it print the value alone, as UTF-8 text of at most 64 KB")
        return {name: text}

    def _said(self, ran: Ran, printed: str, name: str) -> str:
        """Return what a failed command said, in one line, without what it printed or a secret of this machine."""
        for value in (printed, *printed.splitlines()):
            self._redactor.add(value.strip(), f"secret {name}")
        for variable, value in self._environ.items():
            if _SECRET_NAME.fullmatch(variable) and len(value) >= 8:
                self._redactor.add(value, f"env {variable}")
        text = _INVISIBLE.sub(" ", self._redactor.clean(ran.err.decode(errors="replace"))).strip()
        return f": {text[:LONGEST_TEXT]}" if text else ""
