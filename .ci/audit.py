"""Usage: audit.py LOCKFILE ...

Asks an advisory service, over the network, for known vulnerabilities of what lock files pin (pip-audit --strict).

Ends with 0 only when every pinned package was looked up and none is affected, with 1 when one is, and with 3, saying
NOT RUN, when the question could not be asked: no network, no service, a package that the service does not know.
"""

import json
import subprocess
import sys
from pathlib import Path

CLEAN, FOUND, NOT_RUN = 0, 1, 3


def pinned(lock):
    """Return the names that a lock file pins."""
    return {
        line.split("==")[0].strip() for line in lock.splitlines() if "==" in line and not line.startswith((" ", "#"))
    }


def audit(lock, program):
    """Return an exit code and what to say about one lock file."""
    options = ["--strict", "--require-hashes", "--disable-pip", "--progress-spinner=off", "--format=json"]
    try:
        process = subprocess.run(
            [program, *options, "--requirement", lock], capture_output=True, text=True, check=False, timeout=900
        )
        said = json.loads(process.stdout)["dependencies"]
        told = {one["name"]: one.get("vulns") for one in said if "skip_reason" not in one}
    except (OSError, subprocess.TimeoutExpired) as error:
        return NOT_RUN, [f"pip-audit cannot run: {error}"]
    except (ValueError, LookupError, TypeError):
        last = (process.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return NOT_RUN, [f"the advisory service gave no answer: {last[:300]}"]
    affected = [f"{name}: {', '.join(v['id'] for v in vulns)}" for name, vulns in sorted(told.items()) if vulns]
    if affected:
        return FOUND, [*affected, "fix: raise the version in requirements/*.in where it is held down, then `make lock`"]
    missing = {n.lower() for n in pinned(Path(lock).read_text(encoding="utf-8"))} - {n.lower() for n in told}
    if missing or process.returncode:
        return NOT_RUN, [f"not looked up: {', '.join(sorted(missing)) or 'it does not say what'}"]
    return CLEAN, [f"{len(told)} packages looked up, none affected"]


def main(locks):
    """Return the worst exit code over all lock files: affected before not run before clean."""
    program, codes = str(Path(sys.prefix) / "bin" / "pip-audit"), set()
    for lock in locks:
        code, lines = audit(lock, program)
        codes.add(code)
        verdict = {CLEAN: "ok", FOUND: "AFFECTED", NOT_RUN: "NOT RUN"}[code]
        print("\n".join([f"{lock}: {verdict}", *(f"  {line}" for line in lines)]))
    if NOT_RUN in codes:
        print("NOT RUN is no verdict: .github/workflows/checks.yml asks again, where there is a network.")
    return FOUND if FOUND in codes else max(codes, default=NOT_RUN)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
