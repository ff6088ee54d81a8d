"""The simulator process, seen from the benchmarks: started, told what to do, asked what reached it."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measure import HELPERS

LATENCY = 0.05  # seconds, for each request


@dataclass(frozen=True)
class Rate:
    """A token bucket."""

    per_second: float
    burst: int

    def yaml(self) -> str:
        """Return it as a setting of environment.yaml."""
        return f"{{per_second: {self.per_second:g}, burst: {self.burst}}}"

    def seconds_for(self, requests: int) -> float:
        """Return how long that many requests take at least, starting with a full bucket."""
        return max(0.0, (requests - self.burst) / self.per_second)


@dataclass(frozen=True)
class Vendor:
    """A running simulator of Better Stack."""

    url: str
    token: str

    @property
    def environ(self) -> Mapping[str, str]:
        """The variables that lead the tool to it."""
        return {"BETTERSTACK_API_URL": self.url, "BETTERSTACK_API_TOKEN": self.token}

    def start_counting(self, *, latency: float = LATENCY, enforced: Rate | None = None, keep: bool = False) -> None:
        """Set latency and rate and begin to count; unless `keep`, with an empty account."""
        if not keep:
            self._call("/_sandbox/reset", {})
        self._call("/bench", {"latency": latency, "rate": vars(enforced) if enforced else None})

    def counts(self) -> Any:
        """Return what reached it since: reads, writes, refused, first_write, last_write, widest."""
        return json.loads(self._call("/bench"))

    def _call(self, path: str, body: Any = None) -> bytes:
        data = None if body is None else json.dumps(body).encode()
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        request = urllib.request.Request(self.url + path, data=data, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return bytes(answer.read())


@contextmanager
def vendor() -> Iterator[Vendor]:
    """Run the simulator until the block ends."""
    command = [sys.executable, str(Path(__file__).with_name("simulator.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        HELPERS.add(process.pid)
        try:
            yield Vendor(**json.loads(process.stdout.readline()))
        finally:
            HELPERS.discard(process.pid)
            process.stdin.close()
            process.wait(timeout=30)
