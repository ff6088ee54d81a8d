"""What the least possible program takes for the same work: `read URL TOKEN`, `write URL TOKEN COUNT`, `yaml FOLDER`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path


async def read(url: str, token: str) -> None:
    """Read every page of monitors, one after the other."""
    import httpx

    async with httpx.AsyncClient(headers={"authorization": f"Bearer {token}"}) as client:
        target: str | None = f"{url}/api/v2/monitors?per_page=250"
        while target:
            page = (await client.get(target)).raise_for_status().json()
            target = page["pagination"]["next"]


async def write(url: str, token: str, count: str) -> None:
    """Create monitors, 32 at a time."""
    import httpx

    turn = asyncio.Semaphore(32)
    async with httpx.AsyncClient(headers={"authorization": f"Bearer {token}"}) as client:

        async def one(n: int) -> None:
            async with turn:
                body = {
                    "pronounceable_name": f"peer-{n}",
                    "url": f"https://peer-{n}.example.com/",
                    "monitor_type": "status",
                }
                (await client.post(f"{url}/api/v2/monitors", json=body)).raise_for_status()

        await asyncio.gather(*(one(n) for n in range(int(count))))


def load(folder: str) -> None:
    """Parse every YAML file of a folder with libyaml."""
    import yaml

    for path in sorted(Path(folder).glob("*.yaml")):
        yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)


def main() -> None:
    """Do what the command line asks."""
    task, *given = sys.argv[1:]
    match task:
        case "read":
            asyncio.run(read(*given))
        case "write":
            asyncio.run(write(*given))
        case "yaml":
            load(*given)


if __name__ == "__main__":
    main()
