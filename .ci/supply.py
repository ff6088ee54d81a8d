"""Usage: supply.py check [--programs FOLDER] [NAME ...] | supply.py baseline

`check` looks for what a change to the code, the scripts or the workflows may let in: careless code (bandit), secrets
(detect-secrets, against .secrets.baseline), broken or unsafe workflows (actionlint, zizmor) and shell scripts
(shellcheck). Each program first has to find a planted fault: one that is missing, fails, or finds nothing counts as
NOT RUN, which is never green. `baseline` writes .secrets.baseline from what detect-secrets finds now.

Ends with 0 when every check ran and found nothing, with 1 otherwise.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
BASELINE = Path(".secrets.baseline")
# A name in capitals, as `{secret: NAME}` and the environment have it, is no value. The keys of AWS look like one.
NAMES = r"^(?!A[KS]IA)[A-Z]+(_[A-Z0-9]+)*$"
# Lock files are hashes, schemas are generated from src, and the transcripts of tests hold digests.
NOT_SCANNED = r"^requirements/.*\.txt$|^schemas/|^tests/report/golden/|^\.secrets\.baseline$"


class NotRun(Exception):
    """A program did not do its work, so nobody knows what it would have found."""


@dataclass(frozen=True)
class Check:
    """One program. `read` returns its findings, a line each, or raises NotRun; `planted` is what it has to find."""

    program: str
    files: Callable[[Path], list[str]]
    command: Callable[[str, list[str]], list[str]]
    read: Callable[[subprocess.CompletedProcess, list[str]], list[str]]
    planted: tuple[str, str]  # a file's name and its text


def matching(*patterns, but="nothing"):
    """Return what lists the files of a folder that match, relative to it, without those of a name."""
    return lambda root: sorted(
        {str(f.relative_to(root)) for p in patterns for f in root.glob(p) if f.is_file() and f.name != but}
    )


def by_exit_code(found):
    """Return a reader of programs that print their findings and say by their exit code whether there were any."""

    def read(process, files):
        if process.returncode not in (0, *found):
            raise NotRun(f"ended with {process.returncode}: {(process.stderr or process.stdout).strip()[-400:]}")
        return (process.stdout.strip() or "a finding it does not describe").splitlines() if process.returncode else []

    return read


def document(process, codes):
    if process.returncode not in codes:
        raise NotRun(f"ended with {process.returncode}: {process.stderr.strip()[-400:]}")
    try:
        return json.loads(process.stdout)
    except ValueError:
        raise NotRun("did not print the JSON that was asked for") from None


def read_bandit(process, files):
    """Every file has to be in its figures: it passes over what it cannot parse, and ends with 0."""
    said = document(process, (0, 1))
    if said.get("errors"):
        raise NotRun("could not read " + ", ".join(str(e.get("filename")) for e in said["errors"]))
    missing = set(files) - {name.removeprefix("./") for name in said.get("metrics", {})}
    if missing:
        raise NotRun(f"did not look at {len(missing)} files, {min(missing)} among them")
    return [f"{r['filename']}:{r['line_number']}: {r['test_id']} {r['issue_text']}" for r in said.get("results", [])]


def read_secrets(process, files):
    rows = document(process, (0,)).get("results", {})
    return [
        f"{file}:{r['line_number']}: {r['type']} ({r['hashed_secret'][:10]})"
        for file in sorted(rows)
        for r in rows[file]
    ]


def scripts(root):
    """Return the shell scripts of a folder: by their ending, or in .ci by their first line."""
    own = [f for f in sorted((root / ".ci").glob("*")) if f.is_file() and f.read_bytes()[:2] == b"#!"]
    return [str(f.relative_to(root)) for f in (*own, *sorted(root.glob("*.sh")))]


CHECKS = {
    "bandit": Check(
        "bandit",
        # samples.py name secrets, as users do, and hold no code: detect-secrets looks at them
        matching("src/**/*.py", "providers/*/src/**/*.py", "planted.py", but="samples.py"),
        lambda program, files: [program, "--quiet", "--format", "json", "--configfile", "pyproject.toml", *files],
        read_bandit,
        ("planted.py", "import pickle\npickle.loads(input())\n"),
    ),
    "detect-secrets": Check(
        "detect-secrets",
        lambda root: [],
        lambda program, files: [program, "scan", "--exclude-secrets", NAMES, "--exclude-files", NOT_SCANNED, "."],
        read_secrets,
        ("planted.env", "aws_access_key_id = " + "AKIA" + "QX5VJ7RZ2M4KTN3B\n"),
    ),
    "actionlint": Check(
        "actionlint",
        matching(".github/workflows/*.yml", ".github/workflows/*.yaml"),
        lambda program, files: [
            program,
            "-no-color",
            f"-shellcheck={Path(program).with_name('shellcheck')}",
            "-pyflakes=",
            *files,
        ],
        by_exit_code({1}),
        (
            ".github/workflows/planted.yml",
            "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: echo $1\n        shell: bash\n",
        ),
    ),
    "zizmor": Check(
        "zizmor",
        matching(".github/workflows/*.yml", ".github/workflows/*.yaml", ".github/dependabot.yml"),
        lambda program, files: [
            program,
            "--offline",
            "--no-progress",
            "--color=never",
            "--strict-collection",
            "--no-config",
            *files,
        ],
        by_exit_code({10, 11, 12, 13, 14}),
        (
            ".github/workflows/planted.yml",
            "on: issues\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            "      - run: echo ${{ github.event.issue.title }}\n",
        ),
    ),
    "shellcheck": Check(
        "shellcheck",
        scripts,
        lambda program, files: [program, "--color=never", "--format=gcc", *files],
        by_exit_code({1}),
        ("planted.sh", "#!/bin/sh\nrm -rf $1/*\n"),
    ),
}


def run(check, programs, root, files):
    """Return what a program finds in files of a folder. Raises NotRun."""
    program = str((programs / check.program).absolute())
    environ = {**os.environ, "PATH": f"{programs.absolute()}{os.pathsep}{os.environ.get('PATH', '')}"}
    try:
        process = subprocess.run(
            check.command(program, files),
            cwd=root,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
    except OSError as error:
        raise NotRun(f"cannot be started ({error.strerror}): {program}") from None
    except (subprocess.TimeoutExpired, UnicodeDecodeError) as error:
        raise NotRun(f"was stopped: {type(error).__name__}") from None
    return check.read(process, files)


def bites(check, programs):
    """Raise NotRun unless the program finds the fault that is planted for it."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        name, text = check.planted
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
        (root / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text(encoding="utf-8"), encoding="utf-8")
        subprocess.run(["git", "init", "--quiet"], cwd=root, check=True, capture_output=True)
        subprocess.run(["git", "add", "."], cwd=root, check=True, capture_output=True)
        if not run(check, programs, root, check.files(root)):
            raise NotRun("does not find a fault that was planted for it")


def checked(name, programs):
    """Return the findings of one check. Raises NotRun."""
    check = CHECKS[name]
    files = check.files(ROOT)
    if not files and name != "detect-secrets":
        raise NotRun("has nothing to look at")
    bites(check, programs)
    if name != "detect-secrets":
        return run(check, programs, ROOT, files)
    return against_baseline(scanned(programs), json.loads((ROOT / BASELINE).read_text(encoding="utf-8")))


def scanned(programs):
    """Return what detect-secrets finds in the files that git has, as it prints it. Raises NotRun."""
    found = []
    check = CHECKS["detect-secrets"]

    def read(process, files):
        found.append(document(process, (0,)))
        return []

    run(Check(check.program, check.files, check.command, read, check.planted), programs, ROOT, [])
    return found[0]


def against_baseline(scan, baseline):
    """Return how a scan differs from the audited baseline: new findings, entries nobody judged, entries gone stale."""

    def keys(document):
        return {(f, r["type"], r["hashed_secret"]): r for f, rows in document["results"].items() for r in rows}

    now, known = keys(scan), keys(baseline)
    new = [
        f"{f}:{now[f, t, h]['line_number']}: {t}, not in {BASELINE}" for f, t, h in sorted(now.keys() - known.keys())
    ]
    real = [
        f"{f}:{row['line_number']}: {t}, in {BASELINE} without a verdict that it is none"
        for (f, t, _), row in sorted(known.items())
        if row.get("is_secret") is not False
    ]
    stale = [f"{BASELINE}: {f} holds no such {t} any more" for f, t, _ in sorted(known.keys() - now.keys())]
    if new or real:
        new.append("fix: take the secret out, revoke it; or, if it is none: `make secrets-baseline`, and commit it")
    return [*new, *real, *stale, *(["fix: `make secrets-baseline`, and commit it"] if stale and not new else [])]


def write_baseline(programs):
    """Write what is found now. What is new is shown, and taken for a false positive: review the diff."""
    old = json.loads((ROOT / BASELINE).read_text(encoding="utf-8")) if (ROOT / BASELINE).exists() else {"results": {}}
    known = {(f, r["type"], r["hashed_secret"]) for f, rows in old["results"].items() for r in rows}
    scan = scanned(programs)
    rows = {}
    for file, found in sorted(scan["results"].items()):
        lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
        for row in found:
            if (file, row["type"], row["hashed_secret"]) not in known:
                print(f"new: {file}:{row['line_number']}: {row['type']}: {lines[row['line_number'] - 1].strip()[:150]}")
        kept = [{k: row[k] for k in ("type", "hashed_secret", "line_number")} for row in found]
        rows[file] = [{**row, "is_secret": False} for row in kept]
    kept = {name: scan[name] for name in ("version", "plugins_used", "filters_used")}
    text = json.dumps({**kept, "results": rows}, indent=1) + "\n"
    (ROOT / BASELINE).write_text(text, encoding="utf-8")
    print(f"{BASELINE}: {sum(map(len, rows.values()))} entries. Look at each new line above: is it really no secret?")


def main(arguments):
    """Return 0 when every check ran and found nothing."""
    programs = Path(sys.prefix) / "bin"
    action, *rest = arguments or ["help"]
    if rest[:1] == ["--programs"]:
        programs, rest = Path(rest[1]), rest[2:]
    if action == "baseline":
        write_baseline(programs)
        return 0
    if action != "check" or not set(rest) <= CHECKS.keys():
        print(__doc__, file=sys.stderr)
        return 2
    verdicts = {}
    for name in rest or CHECKS:
        try:
            findings = checked(name, programs)
        except NotRun as why:
            verdicts[name] = "NOT RUN"
            print(f"{name}: NOT RUN: it {why}\n  fix: `make setup`; a check that could not run is never green")
            continue
        verdicts[name] = f"{len(findings)} findings" if findings else "ok"
        print("\n".join([f"{name}: {verdicts[name]}", *(f"  {line}" for line in findings)]))
    return 0 if all(verdict == "ok" for verdict in verdicts.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
