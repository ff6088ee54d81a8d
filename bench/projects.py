"""The projects that are measured: how many objects, in which files."""

from __future__ import annotations

from pathlib import Path

FILES = 4
MONITOR = """\
  service-{n:05}:
    url: https://service-{n:05}.example.com/health
    monitor_type: keyword
    required_keyword: "ok {n}"
    check_frequency: 3m
    regions: [us, eu]
    recovery_period: 3m
    http_method: GET
    request_timeout: 15
    email: true
    request_headers:
      - {{name: Accept, value: application/json}}
"""
WIDGET = """\
  widget-{n:05}:
    url: https://service-{n:05}.example.com/
    interval: 3m
    notes: "number {n}"
    regions: [us, eu]
    labels: {{team: ops, tier: "{n}"}}
    group: group-{g:02}
    ports: [80, 443]
    headers: [{{name: X-Check, value: "{n}"}}]
"""
GROUPS = 10  # per instance: something to refer to


def better_stack(root: Path, monitors: int, *, rate: str) -> None:
    """Write a project of monitors of one Better Stack team. `rate` is YAML: `none`, or a mapping."""
    desired = _fresh(root)
    (desired / "environment.yaml").write_text(
        f"environment: bench\nproviders:\n  betterstack: {{token: {{secret: BETTERSTACK_API_TOKEN}}, rate: {rate}}}\n"
    )
    share = -(-monitors // FILES)
    for number in range(FILES):
        numbers = range(number * share, min(monitors, (number + 1) * share))
        text = "monitors:\n" + "".join(MONITOR.format(n=n) for n in numbers)
        (desired / f"monitors-{number}.yaml").write_text(text)


def memory(root: Path, objects: int, *, instances: int) -> None:
    """Write a project of widgets and their groups over several instances of the in-memory provider."""
    desired = _fresh(root)
    names = [f"vendor{i}" for i in range(instances)]
    listed = "".join(f"  {name}: {{type: memory}}\n" for name in names)
    (desired / "environment.yaml").write_text(f"environment: bench\nproviders:\n{listed}")
    share = objects // instances
    for i, name in enumerate(names):
        place = f"    lifecycle: {{provider: {name}}}\n"
        groups = [i * GROUPS + g for g in range(GROUPS)]
        text = "groups:\n" + "".join(f"  group-{g:02}:\n    title: Group {g}\n{place}" for g in groups)
        widgets = [WIDGET.format(n=n, g=groups[n % GROUPS]) + place for n in range(i * share, (i + 1) * share - GROUPS)]
        (desired / f"{name}.yaml").write_text(text + "widgets:\n" + "".join(widgets))


def _fresh(root: Path) -> Path:
    desired = root / "desired"
    desired.mkdir(parents=True, exist_ok=True)
    for old in desired.glob("*.yaml"):
        old.unlink()
    return desired
