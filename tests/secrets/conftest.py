"""The real `sops`, age keys, and files that it encrypted."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyrage
import pytest

from reconciler.errors import Location
from reconciler.process import Ran, run_process
from reconciler.redact import Redactor
from reconciler.secrets.resolve import SecretResolver

TOOLS = Path(sys.executable).parent  # the test requirements ship `sops`


@dataclass(frozen=True)
class Named:
    """An entry of `secrets:`."""

    path: str
    kind: str = "sops_file"
    where: Location = field(default_factory=lambda: Location("desired/environment.yaml", 12, 3))


@dataclass
class Vault:
    """A folder with an age key, `sops` on the PATH, and a count of the programs that were run."""

    root: Path
    redactor: Redactor = field(default_factory=Redactor)
    ran: list[tuple[str, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        identity = pyrage.x25519.Identity.generate()
        self.recipient = str(identity.to_public())
        self.key = self.root / "age.key"
        self.key.write_text(f"{identity}\n")
        self.environ = {"PATH": f"{TOOLS}:{os.defpath}", "SOPS_AGE_KEY_FILE": str(self.key)}

    def encrypt(self, name: str, text: str, *, recipient: str = "") -> str:
        """Write a file that the real `sops` encrypted, and return its name."""
        plain = self.root / f"plain-{name}"
        plain.write_text(text)
        done = subprocess.run(
            ["sops", "encrypt", "--age", recipient or self.recipient, plain],
            env=self.environ, check=True, capture_output=True,
        )  # fmt: skip
        plain.unlink()
        (self.root / name).write_bytes(done.stdout)
        return name

    def run(self, argv: Any, environ: Any) -> Ran:
        self.ran.append(tuple(argv))
        return run_process(argv, environ)

    def resolver(self, *names: str, **more: Any) -> SecretResolver:
        """A resolver over these files. `environ` is added to the one that finds `sops` and the key."""
        environ = {**self.environ, **more.pop("environ", {})}
        sources = tuple(Named(name) for name in names)
        return SecretResolver(environ, sources, self.root, self.redactor, run=self.run, **more)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path)


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., str]:
    """Makes a little program: `script("name", "print('value')")` returns its path."""

    def make(name: str, body: str) -> str:
        path = tmp_path / name
        path.write_text(f"#!{sys.executable} -I\nimport os, sys, time\n{body}\n")
        path.chmod(0o755)
        return str(path)

    return make
