"""Usage: transcript.py check|write FILE

Runs the demonstration and compares its transcript with the one between the markers in FILE, or writes it there.
"""

import difflib
import subprocess
import sys
import tempfile
from pathlib import Path

BEGIN, END = "<!-- demo:begin -->", "<!-- demo:end -->"


def main(action: str, name: str) -> int:
    """Return 0 when FILE holds, or now holds, what the demonstration prints."""
    file = Path(name)
    page = file.read_text(encoding="utf-8")
    if page.count(BEGIN) != 1 or page.count(END) != 1:
        print(f"{name}: expected {BEGIN} and {END}, once each", file=sys.stderr)
        return 1
    head, rest = page.split(BEGIN)
    old, tail = rest.split(END)
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "transcript"
        reconcile = Path(sys.executable).with_name("reconcile")
        ran = subprocess.run([reconcile, "demo", "--transcript", kept], stdout=subprocess.PIPE, text=True, check=False)
        if ran.returncode:
            print(f"{ran.stdout}\nThe demo ended with exit code {ran.returncode}.", file=sys.stderr)
            return 1
        new = f"\n\n```console\n{kept.read_text(encoding='utf-8').strip()}\n```\n\n"
    if action == "write":
        file.write_text(f"{head}{BEGIN}{new}{END}{tail}", encoding="utf-8")
        return 0
    if old == new:
        print(f"{name}: the transcript is what the demo prints")
        return 0
    sys.stdout.writelines(
        difflib.unified_diff(old.splitlines(True), new.splitlines(True), f"{name} as it stands", "the demo just now")
    )
    print(f"\n{name}: the transcript is stale; write it again with: make demo-readme", file=sys.stderr)
    return 1


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("check", "write"):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2]))
