"""What may be written about Vercel, what is refused and why, and what is taken for a secret."""

from __future__ import annotations

import base64
import random
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from reconciler import Address, Live, Location, Removal, Resource
from reconciler.discover import Catalog
from reconciler.errors import InputError
from reconciler.load.project import Project, validate_project
from reconciler_vercel.convert.secrecy import looks_secret
from reconciler_vercel.models import Domain, HeaderRule, Hosting, Variable, VercelSettings
from reconciler_vercel.models.header_values import policy_changes
from reconciler_vercel.provider import Vercel

KINDS = (Variable, HeaderRule, Domain, Hosting)


def load(tmp_path: Path, text: str, settings: str = "{team: t, project: lms, absent: [NODE_ENV]}") -> Project:
    """Return a project of this YAML, judged by the models and by the published schemas."""
    desired = tmp_path / "desired"
    desired.mkdir(exist_ok=True)
    (desired / "environment.yaml").write_text(f"environment: test\nproviders: {{vercel: {settings}}}\n")
    (desired / "objects.yaml").write_text(textwrap.dedent(text))
    catalog = Catalog.of(KINDS, {"vercel": Vercel})
    return validate_project(desired, catalog)


REFUSED = [
    pytest.param("env: {1A: {target: [production], value: x}}", "is no name of a variable", id="key"),
    pytest.param("env: {A-b: {target: [production], value: x}}", "write `key: NAME`", id="handle-is-no-key"),
    pytest.param("env: {NODE_ENV: {target: [production], value: production}}", "skip devDependencies", id="absent"),
    pytest.param(
        "env: {TZ: {target: [production], value: UTC}}",
        "TZ is reserved by Vercel",
        marks=pytest.mark.trap("vercel", "3: some names are reserved"),
        id="reserved",
    ),
    pytest.param("env: {A: {value: x}}", "target", id="no-target"),
    pytest.param("env: {A: {value: x, target: []}}", "for no environment at all", id="empty-target"),
    pytest.param("env: {A: {value: x, target: [staging]}}", "staging", id="unknown-target"),
    pytest.param("env: {A: {value: 4.0, target: [production]}}", "must be text or a secret by name", id="number"),
    pytest.param(
        "env: {A: {value: x, target: [production, preview], gitBranch: b}}",
        "in preview only",
        marks=pytest.mark.trap("vercel", "3: a branch goes with target preview only"),
        id="branch-not-preview",
    ),
    pytest.param(
        "env: {A: {value: {secret: A}, type: sensitive, target: [development]}}",
        "cannot be for development",
        marks=pytest.mark.trap("vercel", "3: sensitive is not allowed on development"),
        id="sensitive-development",
    ),
    pytest.param(
        "env: {NEXT_PUBLIC_A: {value: x, type: sensitive, target: [production]}}",
        "ends up in browsers",
        marks=pytest.mark.trap("vercel", "3: a key with a public prefix cannot be sensitive"),
        id="sensitive-public",
    ),
    pytest.param(
        """
        env:
          A: {value: x, target: [production, preview]}
          A-preview: {key: A, value: y, target: [preview]}
        """,
        "cannot both exist: they overlap",
        marks=pytest.mark.trap("vercel", "3: two records of one key whose targets overlap cannot both exist"),
        id="overlapping",
    ),
    pytest.param("domains: {example: {}}", "example", id="no-domain"),
    pytest.param(
        "domains: {a.example: {redirect: a.example}}",
        "cannot redirect to itself",
        marks=pytest.mark.trap("vercel", "6: a domain cannot redirect to itself"),
        id="to-itself",
    ),
    pytest.param("domains: {a.example: {redirectStatusCode: 308}}", "there is no redirect", id="status-alone"),
    pytest.param(
        "domains: {a.example: {}, b.example: {redirect: a.example, gitBranch: x}}",
        "not both",
        marks=pytest.mark.trap("vercel", "6: a domain serves a branch or redirects, not both"),
        id="branch-and-redirect",
    ),
    pytest.param("headers: {a: {source: /, headers: {X: {a: [b]}}}}", "policy", id="directives-of-no-policy"),
    pytest.param(
        "headers: {a: {source: /, headers: {Content-Security-Policy: {default-src: [self]}}}}",
        "self without quotes is a host",
        id="keyword-without-quotes",
    ),
    pytest.param("headers: {a: {source: /, headers: {x-a: a, X-A: b}}}", "X-A is given twice", id="twice"),
    pytest.param("headers: {a: {source: /, headers: {}}}", "names no header", id="no-header"),
    pytest.param("headers: {a: {source: /, headers: {'X A': a}}}", "X A", id="no-header-name"),
    pytest.param("headers: {a: {source: /, mode: vercel_json, headers: {X: a}}}", "file", id="no-file"),
    pytest.param("headers: {a: {source: /, file: vercel.json, headers: {X: a}}}", "looks at a file", id="file-alone"),
    pytest.param("hosting: {other: {}}", "this instance is for lms", id="another-project"),
    pytest.param("hosting: {lms: {nodeVersion: 20}}", "nodeVersion", id="node"),
    pytest.param(
        "hosting: {lms: {publicSource: true}}",
        "publicSource",
        marks=pytest.mark.trap("vercel", "15 #524: a retired field cannot be written"),
        id="retired-field",
    ),
    pytest.param("hosting: {lms: {resourceConfig: {functionDefaultTimeout: 16m}}}", "900", id="timeout"),
]


@pytest.mark.parametrize(("text", "said"), REFUSED)
def test_what_the_vendor_would_refuse_is_refused_before_anything_is_sent(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        load(tmp_path, text)
    assert said in str(caught.value)
    assert "internal error" not in str(caught.value), "the models and the published schemas disagree"


@pytest.mark.trap("vercel", "production.md 3: NODE_ENV as a variable breaks the build; it is asserted absent")
def test_a_variable_that_is_asserted_absent_is_refused_with_the_reason(tmp_path: Path) -> None:
    text = "env: {NODE_ENV: {target: [production], value: production}}"
    with pytest.raises(InputError, match="`npm ci` skip devDependencies"):
        load(tmp_path, text)
    assert load(tmp_path, text, "{team: t, project: lms}").resources


ACCEPTED = """
env:
  LOG_LEVEL: {target: [production], value: info}
  A-preview: {key: A, target: [preview], gitBranch: next, type: sensitive, value: {secret: A}}
  A: {target: [production], type: plain, value: {secret: A, rotate: 2}, comment: why}
  B: {customEnvironmentIds: [env_1], value: {generate: {bytes: 32}}}
headers:
  all:
    source: /(.*)
    headers:
      x-xss-protection: 1; mode=block
      Content-security-Policy: {default-src: ["'self'"], upgrade-insecure-requests: []}
      Link: [a, b]
      X-Gone: null
  file: {source: /, mode: vercel_json, file: ../app/vercel.json, headers: {X-A: a}}
domains:
  Example.com: {}
  www.example.com: {redirect: Example.com, redirectStatusCode: 308}
hosting:
  lms:
    framework: null
    ssoProtection: null
    resourceConfig: {functionDefaultRegions: [iad1]}
    passwordProtection: {deploymentType: all, password: {secret: P}}
    trustedIps: {deploymentType: production, protectionMode: additional, addresses: [{value: 192.0.2.1}]}
    redeploy: auto
"""


def test_what_is_right_is_accepted_by_models_and_schemas_alike(tmp_path: Path) -> None:
    specs = {str(r.address): (r.identity, r.spec) for r in load(tmp_path, ACCEPTED).resources}
    assert specs["env/A-preview"][0] == ("A", "next", "preview")
    assert specs["domains/Example.com"][0] == ("example.com",)
    assert specs["headers/all"][1]["headers"] == {
        "X-XSS-Protection": "1; mode=block",
        "Content-Security-Policy": "default-src 'self'; upgrade-insecure-requests",
        "Link": ("a", "b"),
        "X-Gone": None,
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("env: {A: {target: [production], value: x}}", "environment variables belong", id="env"),
        pytest.param("headers: {a: {source: /, headers: {X: a}}}", "headers belong", id="headers"),
        pytest.param("domains: {a.example: {}}", "domains belong", id="domains"),
    ],
)
def test_an_instance_without_a_project_has_projects_only(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        load(tmp_path, text, "{team: t}")
    assert load(tmp_path, "hosting: {a: {}, b: {}}", "{team: t}").resources


def test_an_instance_for_a_project_by_id_has_one_project(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="this instance is for one project"):
        load(tmp_path, "hosting: {a: {}, b: {}}", "{team: t, project: prj_1}")


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        pytest.param("LOG_LEVEL", "info", False, id="word"),
        pytest.param("R2_PUBLIC_CDN_URL", "https://cdn.aigurus.com", False, id="address"),
        pytest.param("R2_PUBLIC_BUCKET", "ai-gurus-public-prod", False, id="name"),
        pytest.param("R2_PRIVATE_BUCKET", "ai-gurus-private-prod", False, id="name-of-a-bucket"),
        pytest.param("BUCKET_SECRET", "x", True, id="secret-of-a-bucket"),
        pytest.param("GPA_SCALE", "4.0", False, id="number"),
        pytest.param("NEXT_PUBLIC_TINYMCE_API_KEY", "qagffr3pkuv17a8on1afax661irst1hb", False, id="public"),
        pytest.param("NEXTAUTH_URL", "https://learn.aigurus.com", False, id="auth-in-a-name"),
        pytest.param("NEXTAUTH_SECRET", "short", True, id="said-by-the-name"),
        pytest.param("SENTRY_AUTH_TOKEN", "x", True, id="token"),
        pytest.param("R2_ACCESS_KEY_ID", "x", True, id="key"),
        pytest.param("SOMETHING", "postgresql://u:p@db.example/x", True, id="password-in-a-url"),
        pytest.param("NEXT_PUBLIC_X", "postgresql://u:p@db.example/x", True, id="password-in-a-public-url"),
        pytest.param("SOMETHING", "-----BEGIN RSA PRIVATE KEY-----", True, id="pem"),
        pytest.param("SOMETHING", "sk_live_" + "a1b2c3d4e5f6a1b2", True, id="prefix"),
        pytest.param("SOMETHING", "ghp_" + "a1b2c3d4e5f6a1b2c3d4", True, id="github"),
        pytest.param("SOMETHING", "9f86d081884c7d659a2feaa0c55ad015", True, id="hexadecimal"),
        pytest.param("SOMETHING", "tr4X9pQw2LmZ8vKs", True, id="drawn-by-lot"),
    ],
)
def test_what_looks_like_a_secret(key: str, value: str, expected: bool) -> None:
    assert looks_secret(key, value) is expected


def test_random_values_of_usual_lengths_look_like_secrets() -> None:
    lot = random.Random(1)
    made = [lot.randbytes(16).hex() for _ in range(300)]
    made += [base64.urlsafe_b64encode(lot.randbytes(32)).decode().rstrip("=") for _ in range(300)]
    missed = [value for value in made if not looks_secret("SOMETHING", value)]
    assert not missed


@pytest.mark.parametrize("field", ["redirect", "gitBranch"])
def test_the_last_production_domain_is_neither_removed_nor_turned_away(field: str) -> None:
    def live(name: str, **values: Any) -> Live:
        return Live("domains", name, (name,), {"name": name, **values})

    lives = (live("a.example"), live("b.example", redirect="a.example"), live("lms.vercel.app"))
    address = Address("domains", "a")
    turned = Resource(address, "vercel", ("a.example",), {field: "x"}, Location("f"))
    for after in (None, turned):
        held = Domain.guards((Removal(address, lives[0], after),), lives, VercelSettings())
        assert held == {address: "it is the last domain that serves production"}
    more = (*lives, live("c.example"))
    assert Domain.guards((Removal(address, lives[0], None),), more, VercelSettings()) == {}
    unchanged = Resource(address, "vercel", ("a.example",), {}, Location("f"))
    assert Domain.guards((Removal(address, lives[0], unchanged),), lives, VercelSettings()) == {}


@pytest.mark.trap("vercel", "6: the project's own vercel.app domain is never pruned")
def test_the_domain_that_vercel_makes_is_not_imported_and_not_removed() -> None:
    own = Live("domains", "lms.vercel.app", ("lms.vercel.app",), {"name": "lms.vercel.app"})
    address = Address("domains", "own")
    assert "Vercel makes it" in Domain.unimportable(own)
    assert address in Domain.guards((Removal(address, own, None),), (own,), VercelSettings())


def test_policies_are_told_apart_by_directive_and_source() -> None:
    before = "default-src 'self'; media-src blob: 'self'; object-src 'none'"
    after = "media-src 'self' https://cdn.example; default-src 'self'; base-uri 'self'"
    assert policy_changes(before, after) == [
        "base-uri comes: 'self'",
        "media-src gains https://cdn.example",
        "media-src loses blob:",
        "object-src goes",
    ]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param("a b; c", "C; A b", True, id="order-and-case-of-directives"),
        pytest.param("a x y", "a y x", True, id="order-of-sources"),
        pytest.param("a x; a y", "a x", True, id="the-first-of-two-counts"),
        pytest.param("a x", "a x y", False, id="one-source-more"),
        pytest.param("a x; b y", "a x", False, id="one-directive-more"),
    ],
)
def test_a_policy_is_a_set_of_directives_with_sets_of_sources(one: str, other: str, same: bool) -> None:
    def text(policy: Any) -> Any:
        fields: Mapping[str, Any] = {"source": "/", "headers": {"content-security-policy": policy}}
        return HeaderRule.model_validate(fields).expand().spec["headers"]

    assert (text(one) == text(other)) is same


def test_team_ids_and_slugs_are_told_apart() -> None:
    assert VercelSettings(team="team_1").scope == {"teamId": "team_1"}
    assert VercelSettings(team="acme").scope == {"slug": "acme"}
    assert VercelSettings().scope == {}
    with pytest.raises(ValidationError):
        VercelSettings(team="")
