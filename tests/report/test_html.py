"""A report as an HTML page: everything is said, nothing in it is markup but ours, and a browser shows it."""

from __future__ import annotations

import shutil
import subprocess
from html.parser import HTMLParser

import pytest

from reconciler.report import html, text

VOID = {"meta"}


class Reader(HTMLParser):
    """Collects the texts and the tags of a document, and refuses what does not nest."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.texts.append(data)


def read(document: str) -> Reader:
    reader = Reader()
    reader.feed(document)
    reader.close()
    assert reader.open == []
    return reader


def words(value: str) -> set[str]:
    return set(value.split())


def test_the_page_says_what_the_text_says(make):
    plan = make.busy_night()
    for page, plain in (
        (html.render_plan(plan), text.render_plan(plan, full=True)),
        (html.render_drift(plan), text.render_drift(plan)),
    ):
        assert words(plain) <= words(" ".join(read(page).texts))


def test_the_page_loads_nothing_and_runs_nothing(make):
    page = html.render_plan(make.busy_night())
    reader = read(page)
    assert not reader.tags & {"script", "link", "img", "iframe", "object", "form", "a", "base"}
    assert not {name for name in reader.attributes if name.startswith("on") or name in ("src", "href")}
    assert "default-src 'none'" in page


@pytest.mark.parametrize("hostile", ["</style><script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a&lt;b"])
def test_what_comes_from_outside_is_text(make, hostile):
    change = make.change("update", why=(hostile,), notes=(hostile,), danger=hostile, live_id=hostile)
    reader = read(html.render_plan(make.plan(change, notices=(hostile,))))
    assert not reader.tags & {"script", "img"}
    assert hostile in " ".join(reader.texts)


@pytest.mark.slow
def test_a_browser_shows_the_page(make, tmp_path):
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("needs a Chromium (Debian: chromium)")
    page = tmp_path / "drift.html"
    page.write_text(html.render_drift(make.busy_night()))
    flags = ("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}")
    picture = tmp_path / "drift.png"
    shot = [browser, *flags, "--window-size=1000,1400", f"--screenshot={picture}", page.as_uri()]
    subprocess.run(shot, check=True, capture_output=True, timeout=120)
    assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    shown = subprocess.run(
        [browser, *flags, "--dump-dom", page.as_uri()], check=True, capture_output=True, timeout=120, text=True
    ).stdout
    assert words(text.render_drift(make.busy_night())) <= words(" ".join(read(shown).texts))
