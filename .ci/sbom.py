"""Usage: sbom.py LOCKFILE OUTPUT

Writes a CycloneDX bill of materials (JSON, version 1.6) of what a lock file pins, each file with its hashes, and checks
it against the schema of the format. The same lock file gives the same bytes: no time and no random number is in it.
"""

import json
import subprocess
import sys
from pathlib import Path

VERSION = "1.6"


def main(lock, output):
    """Return 0 when the bill names every pinned package, and is valid."""
    program = Path(sys.prefix) / "bin" / "cyclonedx-py"
    command = [
        program,
        "requirements",
        "--output-reproducible",
        "--spec-version",
        VERSION,
        "--validate",
        "--short-PURLs",
    ]
    made = subprocess.run(
        [
            *command,
            "--short-PURLs",
            "--pyproject",
            "pyproject.toml",
            "--output-format",
            "JSON",
            "--output-file",
            "-",
            lock,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        print(f"sbom: NOT MADE: {made.stderr.strip()[-500:]}", file=sys.stderr)
        return 1
    bill = json.loads(made.stdout)
    named = {(c["name"], c["version"]) for c in bill["components"]}
    pins = [line.split()[0] for line in Path(lock).read_text(encoding="utf-8").splitlines() if "==" in line]
    missing = {tuple(pin.split("==")) for pin in pins} - named
    if missing or not pins:
        print(f"sbom: NOT MADE: not in it: {sorted(missing) or 'anything'}", file=sys.stderr)
        return 1
    for component in bill["components"]:
        component.pop("description", None)  # the line of the lock file, once more
    text = json.dumps(bill, indent=1, sort_keys=True) + "\n"
    fault = invalid(text)
    if fault:
        print(f"sbom: NOT MADE: not valid CycloneDX {VERSION}: {fault}", file=sys.stderr)
        return 1
    Path(output).parent.mkdir(parents=True, exist_ok=True)
    Path(output).write_text(text, encoding="utf-8")
    print(f"{output}: {len(pins)} packages")
    return 0


def invalid(text):
    """Return what makes a bill invalid; None for a valid one."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    return JsonStrictValidator(SchemaVersion.from_version(VERSION)).validate_str(text)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
