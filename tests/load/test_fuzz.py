"""Whatever stands in desired/, loading gives a project or an InputError, and both ways of loading agree."""

from __future__ import annotations

import tempfile
from pathlib import Path

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.errors import InputError, Problem
from reconciler.load.project import load_project, validate_project

RELAXED = settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
WORDS = st.sampled_from(
    [
        "monitors",
        "policies",
        "buckets",
        "environment",
        "providers",
        "watch",
        "store",
        "a",
        "url",
        "https://x",
        "lifecycle",
    ]
)
SCALARS = WORDS | st.text(max_size=8) | st.integers() | st.booleans() | st.none() | st.floats()
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)
YAML_TEXT = st.text(st.sampled_from("abNO01 \n\t:-[]{},&*!|>'\"#%@`~?<.=é\x00"), max_size=60)


def verdict(load, content, name, catalog):
    with tempfile.TemporaryDirectory() as folder:
        desired = Path(folder) / "desired"
        desired.mkdir()
        (desired / "environment.yaml").write_text("environment: e\nproviders: {store: {}}\n", encoding="utf-8")
        (desired / name).write_bytes(content)
        problems: tuple[Problem, ...] = ()
        try:
            load(desired, catalog)
        except InputError as error:
            problems = error.problems or (Problem("an error without a problem", ""),)
        found = [str(problem) for problem in problems]
    assert not [text for text in found if "internal error" in text or "without a problem" in text]
    return found


NAMES = st.sampled_from(["x.yaml", "environment.yaml", "approvals.yaml"])


@RELAXED
@given(content=st.binary(max_size=200) | YAML_TEXT.map(str.encode), name=NAMES)
def test_any_bytes_give_a_project_or_an_input_error(catalog, content, name):
    assert verdict(load_project, content, name, catalog) == verdict(validate_project, content, name, catalog)


@RELAXED
@given(tree=TREES, name=NAMES)
def test_any_tree_gives_a_project_or_an_input_error(catalog, tree, name):
    content = yaml.safe_dump(tree, allow_unicode=True).encode("utf-8", "replace")
    assert verdict(load_project, content, name, catalog) == verdict(validate_project, content, name, catalog)
