"""The page about the first day is true: a production that was clicked together comes under git, and stays as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

pytestmark = pytest.mark.slow  # real processes, many of them

ENVIRONMENT = """\
environment: production
providers:
  betterstack:
    token: {secret: BETTERSTACK_API_TOKEN}
    expect: {team: AI Gurus}
"""


def call(environ: Mapping[str, str], method: str, path: str, body: object = None) -> Any:
    headers = {"authorization": f"Bearer {environ['BETTERSTACK_API_TOKEN']}", "content-type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = Request(f"{environ['BETTERSTACK_API_URL']}{path}", data, headers, method=method)
    with urlopen(request) as answer:
        return json.load(answer)


def click_together(environ: Mapping[str, str]) -> None:
    """Make what somebody might have made in the dashboard, over time and without a plan."""
    urgencies = call(environ, "GET", "/api/v2/urgencies")["data"]
    high = next(u["id"] for u in urgencies if u["attributes"]["name"] == "High Severity")
    step = {"type": "escalation", "urgency_id": high, "step_members": [{"type": "current_on_call"}]}
    policy = call(environ, "POST", "/api/v3/policies", {"name": "On call", "steps": [step]})["data"]["id"]
    site = {"monitor_type": "status", "check_frequency": 60, "policy_id": policy}
    website = {**site, "url": "https://example.com/", "pronounceable_name": "Website", "regions": ["eu", "us"]}
    orders = {
        **site,
        "url": "https://api.example.com/orders",
        "pronounceable_name": "Orders API",
        "request_headers": [{"name": "Authorization", "value": "Bearer a-live-secret-that-git-must-not-see"}],
    }
    blog = {**site, "url": "https://example.com/blog", "pronounceable_name": "Blog"}
    for monitor in (website, orders, blog, blog):
        call(environ, "POST", "/api/v2/monitors", monitor)


@pytest.mark.timeout(300)
def test_the_first_day_goes_as_the_page_says(reader: Any, root: Path) -> None:
    reader.serve(ENVIRONMENT)
    click_together(reader.environ)
    before = call(reader.environ, "GET", "/_sandbox/state")
    reader.follow(root / "docs" / "how-to" / "first-day-import.md")
    assert call(reader.environ, "GET", "/_sandbox/state") == before
    written = "".join(path.read_text() for path in reader.cwd.glob("desired/*.yaml"))
    assert "a-live-secret" not in written
