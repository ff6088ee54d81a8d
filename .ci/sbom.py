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
    """Return 0 when the bill names exactly the pinned packages with their hashes, twice alike, and is valid."""
    try:
        text = bill(lock)
        if bill(lock) != text:
            raise NotMade("it is another one the second time")
    except NotMade as fault:
        print(f"sbom: NOT MADE: {fault}", file=sys.stderr)
        return 1
    Path(output).parent.mkdir(parents=True, exist_ok=True)
    Path(output).write_text(text, encoding="utf-8")
    print(f"{output}: {len(json.loads(text)['components'])} packages")
    return 0


class NotMade(Exception):
    """The bill could not be made, or is not what it should be."""


def bill(lock):
    """Return the bill of materials of a lock file."""
    options = ["--output-reproducible", "--validate", "--short-PURLs", "--pyproject", "pyproject.toml"]
    form = ["--spec-version", VERSION, "--output-format", "JSON", "--output-file", "-"]
    program = Path(sys.prefix) / "bin" / "cyclonedx-py"
    made = subprocess.run([program, "requirements", *options, *form, lock], capture_output=True, text=True, check=False)
    if made.returncode:
        raise NotMade(made.stderr.strip()[-500:])
    found = json.loads(made.stdout)
    for component in found["components"]:
        component.pop("description", None)  # the line of the lock file, once more
    named = {f"{c['name']}=={c['version']}" for c in found["components"]}
    pins = {line.split()[0] for line in Path(lock).read_text(encoding="utf-8").splitlines() if "==" in line}
    if named != pins or not pins:
        raise NotMade(f"it does not name what is locked: {sorted(named ^ pins) or 'anything'}")
    if bare := [c["name"] for c in found["components"] if not c["externalReferences"][0].get("hashes")]:
        raise NotMade(f"without hashes: {bare}")
    text = json.dumps(found, indent=1, sort_keys=True) + "\n"
    if fault := invalid(text):
        raise NotMade(f"not valid CycloneDX {VERSION}: {fault}")
    return text


def invalid(text):
    """Return what makes a bill invalid; None for a valid one."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    return JsonStrictValidator(SchemaVersion.from_version(VERSION)).validate_str(text)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
