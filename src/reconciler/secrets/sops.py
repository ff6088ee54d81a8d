"""SOPS files: what may be opened, how the real `sops` is asked, and what its answer means. Nothing here runs it.

Only files that age opens are taken. The metadata of a SOPS file may name a server (Vault, a cloud's key service) that
`sops` would send this machine's credentials to, and a pull request can change the file.
Facts: the documentation of SOPS 3.11, and its exit codes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

FORMATS: Mapping[str, str] = {".yaml": "yaml", ".yml": "yaml", ".json": "json", ".env": "dotenv"}
INSTALL = "install sops (https://getsops.io); docs/how-to/set-up-ci.md says how a workflow does"
_OTHER_KEYS = ("kms", "gcp_kms", "azure_kv", "hc_vault", "hckms", "pgp")
_FLAT = re.compile(r"sops_(?:key_groups__list_[0-9]+__map_)?(?P<kind>[a-z_]+?)__list_[0-9]+__map_")
_PASSED = re.compile(r"PATH|LANG|LC_\w+|TMPDIR|SOPS_AGE_\w+|SYSTEMROOT")
_NO_KEY, _NOT_DECRYPTED, _OTHER_MAC = 128, 25, 51  # exit codes


class NotSops(ValueError):
    """A file that is not taken. The first argument says why, the second what to do."""


def format_of(path: str) -> str:
    """Return what `sops` calls the format of a file, by its name. Raises NotSops for others."""
    known = FORMATS.get(PurePath(path).suffix.lower()) or ("dotenv" if PurePath(path).name == ".env" else None)
    if known is None:
        raise NotSops("the format of this SOPS file cannot be told by its name", f"call it {' or '.join(FORMATS)}")
    return known


def check(text: str, kind: str) -> None:
    """Return when a file was encrypted by SOPS and age opens it. Raises NotSops, whose text quotes nothing of it."""
    keys = set(_flat(text) if kind == "dotenv" else _nested(text, kind))
    if not keys:
        raise NotSops("is not encrypted by SOPS", "encrypt it (`sops encrypt --in-place`), and change what it held")
    others = sorted(keys & set(_OTHER_KEYS))
    if others:
        fix = "encrypt it to age recipients alone: a file may not choose a server that credentials are sent to"
        raise NotSops(f"has keys of another kind than age: {', '.join(others)}", fix)
    if "age" not in keys:
        raise NotSops("has no age recipient", "encrypt it with `sops encrypt --age RECIPIENT`")


def _flat(text: str) -> Iterator[str]:
    yield from (match["kind"] for match in _FLAT.finditer(text))


def _nested(text: str, kind: str) -> Iterator[str]:
    """Yield the kinds of keys, whatever is written twice: readers differ in which of two they take."""
    for metadata in _below(_pairs(text, kind), "sops"):
        for group in (metadata, *(g for groups in _below(metadata, "key_groups") for g in groups)):
            if isinstance(group, _Pairs):
                yield from (name for name, value in group if value and name in (*_OTHER_KEYS, "age"))


class _Pairs(tuple[Any, ...]):
    """A mapping with all that is written in it: (key, value) in order, doubles included."""


def _below(value: Any, name: str) -> Iterator[Any]:
    pairs = value if isinstance(value, _Pairs) else ()
    yield from (inner for key, inner in pairs if key == name and isinstance(inner, tuple))


def _pairs(text: str, kind: str) -> Any:
    import yaml

    try:
        if kind == "json":
            return _whole(json.loads(text, object_pairs_hook=_Pairs))
        return _of_node(yaml.compose(text, Loader=yaml.SafeLoader))
    except (ValueError, RecursionError, yaml.YAMLError):
        raise NotSops(f"cannot be read as {kind}", "restore it from git, or encrypt it anew") from None


def _whole(value: Any) -> Any:
    if isinstance(value, _Pairs):
        return _Pairs((name, _whole(inner)) for name, inner in value)
    return tuple(_whole(inner) for inner in value) if isinstance(value, list) else value


def _of_node(node: Any) -> Any:
    """Return a YAML node as pairs, tuples and texts. A merge key brings in what is not seen here: refused."""
    if node.id == "mapping":
        if any(key.value == "<<" for key, _ in node.value):
            raise ValueError("a merge key")
        return _Pairs((str(key.value), _of_node(value)) for key, value in node.value)
    if node.id == "sequence":
        return tuple(_of_node(value) for value in node.value)
    return "" if node.value in ("null", "~") else node.value


def command(path: str, kind: str) -> tuple[str, ...]:
    """Return how `sops` is asked for the values of a file, as JSON on its stdout."""
    return ("sops", "decrypt", "--input-type", kind, "--output-type", "json", path)


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what `sops` gets of the process environment: where age keys are, and nothing that opens anything else."""
    passed = {name: value for name, value in environ.items() if _PASSED.fullmatch(name)}
    home = environ.get("HOME", "")
    config = environ.get("XDG_CONFIG_HOME") or (f"{home}/.config" if home else "")
    return {**passed, "XDG_CONFIG_HOME": config} if config else passed


def values(out: bytes) -> Mapping[str, str]:
    """Return the values at the top level, as text. Raises ValueError for anything but a mapping."""
    data = json.loads(out, parse_int=str, parse_float=str, parse_constant=str)
    if not isinstance(data, dict):
        raise ValueError("not a mapping")
    return {name: _text(value) for name, value in data.items() if isinstance(value, str | bool)}


def _text(value: str | bool) -> str:
    return value if isinstance(value, str) else str(value).lower()


def failure(code: int) -> tuple[str, str]:
    """Return why `sops` opened nothing, by its exit code, and what to do. Its own words may hold parts of the file."""
    if code == _NO_KEY:
        why = "no age key on this machine opens it"
        return why, "set SOPS_AGE_KEY_FILE or SOPS_AGE_KEY, or have this machine's recipient added to it"
    if code in (_NOT_DECRYPTED, _OTHER_MAC):
        return "it was changed by something other than sops", "restore it from git, then change it with `sops edit`"
    return f"sops ended with {code}", "run `sops decrypt` on it by hand: it says why"
