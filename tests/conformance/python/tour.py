"""A tour of the real `aod-sdk` client against a real server: every method, every error class, streams.

Usage: tour.py sync|async   (settings come from the environment, see `harness.Settings`)

Prints one JSON line per check, then a summary line. Ends with 0 only when every check held and every public method of the
installed client was called.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import traceback

import aod
import httpx
from agents_tour import AgentsTour
from aod import resources
from harness import CLAUDE_MODEL, Calls, Report, Settings, value
from sessions_tour import SessionsTour


class Tour(AgentsTour, SessionsTour):
    """The parts that concern the client itself, and all the others."""

    async def health(self):
        body = await value(self.client.health())
        self.same("health says ok", body.get("status"), "ok")

    async def other_servers(self):
        settings = self.settings
        async with self.using(base_url=settings.url, token="aod_" + "x" * 43) as client:
            await self.fails("an unknown key", aod.AuthError, 401, lambda: client.agents.list(), "Invalid API key")
        async with self.using(base_url=settings.bare_url, token=settings.bare_token) as client:
            agent = await value(client.agents.create(name="x", model="command", runtime="command"))
            await self.fails(
                "a server without a session backend",
                aod.ServerError,
                503,
                lambda: client.sessions.create(agent_id=agent.id, prompt="true"),
                "Session backend is not configured",
            )
        async with self.using(base_url=settings.strict_url, token=settings.strict_token) as client:
            agent = await value(client.agents.create(name="x", model=CLAUDE_MODEL, runtime="claude"))
            await self.fails(
                "a runtime without credentials",
                aod.AodHTTPError,
                400,
                lambda: client.sessions.create(agent_id=agent.id, prompt="true"),
                "No API key configured for runtime: claude",
            )

    async def configuration(self):
        settings = self.settings
        try:
            self.make_client()
            self.check("a missing token is a ValueError", False)
        except ValueError as error:
            self.check("a missing token is a ValueError", "AOD_API_TOKEN" in str(error), error)
        os.environ.update(AOD_API_URL=settings.url + "/", AOD_API_TOKEN=settings.token)
        try:
            async with self.using() as client:
                self.same("settings come from the environment", (await value(client.health()))["status"], "ok")
                await value(client.agents.list())
            async with self.using(token="aod_wrong", timeout=60.0) as client:
                await self.fails(
                    "an argument wins over the environment", aod.AuthError, 401, lambda: client.agents.list()
                )
        finally:
            del os.environ["AOD_API_URL"], os.environ["AOD_API_TOKEN"]
        transport = httpx.AsyncHTTPTransport if self.make_client is aod.AsyncClient else httpx.HTTPTransport
        client = self.make_client(
            base_url=settings.url, token=settings.token, timeout=httpx.Timeout(60.0), transport=transport(retries=1)
        )
        self.check("timeout and transport can be given", len(await value(client.environments.list())) >= 0)
        await value(client.aclose() if hasattr(client, "aclose") else client.close())


PARTS = (
    "health",
    "agents",
    "agent_errors",
    "environments",
    "session",
    "session_errors",
    "running",
    "left_stream",
    "failed_setup",
    "text",
    "pretty",
    "other_servers",
    "configuration",
)


async def main(mode: str) -> int:
    report = Report()
    asynchronous = mode == "async"
    names = ["Agents", "Environments", "Sessions"]
    classes = [getattr(resources, f"Async{name}" if asynchronous else name) for name in names]
    make_client = aod.AsyncClient if asynchronous else aod.Client
    calls = Calls([*classes, make_client])
    settings = Settings()
    tour = Tour(make_client(base_url=settings.url, token=settings.token), make_client, settings, report)
    for part in PARTS:
        try:
            await asyncio.wait_for(getattr(tour, part)(), timeout=300)
        except Exception:  # one broken part must not hide the others
            report.add(f"{part} runs to its end", False, traceback.format_exc())
    await value(tour.client.aclose() if asynchronous else tour.client.close())
    report.add("every method of the client was called", not calls.missing, sorted(calls.missing))
    print(json.dumps({"mode": mode, "version": aod.__version__, "passed": report.passed, "failed": report.failed}))
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1])))
