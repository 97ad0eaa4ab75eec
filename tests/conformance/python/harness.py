"""What the parts of the tour are made of: a report, a watch on the client's methods, and one way to call both clients."""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
import json
import os
import uuid

import aod

TERMINAL = ("exit", "error", "terminated", "stale")
CLAUDE_MODEL = "anthropic/claude-sonnet-4-6"


@dataclasses.dataclass(frozen=True)
class Settings:
    """Three servers: one for everything (at most two active sessions), one without a driver, one that wants credentials."""

    url: str = os.environ["TOUR_URL"]
    token: str = os.environ["TOUR_TOKEN"]
    bare_url: str = os.environ["TOUR_BARE_URL"]
    bare_token: str = os.environ["TOUR_BARE_TOKEN"]
    strict_url: str = os.environ["TOUR_STRICT_URL"]
    strict_token: str = os.environ["TOUR_STRICT_TOKEN"]


class Report:
    def __init__(self) -> None:
        self.failed: list[str] = []
        self.passed = 0

    def add(self, name: str, ok: bool, detail: object = None) -> None:
        line = {"check": name, "ok": ok}
        if ok:
            self.passed += 1
        else:
            self.failed.append(name)
            line["detail"] = detail if isinstance(detail, str) else repr(detail)
        print(json.dumps(line), flush=True)


class Calls:
    """Which public methods of the client were called."""

    def __init__(self, classes: list[type]) -> None:
        self.missing: set[str] = set()
        for cls in classes:
            for name, function in inspect.getmembers(cls, inspect.isfunction):
                if not name.startswith("_"):
                    self._watch(cls, name, function)

    def _watch(self, cls: type, name: str, function) -> None:
        label = f"{cls.__name__}.{name}"
        self.missing.add(label)

        def watched(*args, **kwargs):
            self.missing.discard(label)
            return function(*args, **kwargs)

        setattr(cls, name, watched)


async def value(result):
    """The result of a call of either client."""
    return await result if inspect.isawaitable(result) else result


@contextlib.asynccontextmanager
async def opened(stream):
    """The events of a stream of either client, as an asynchronous iterator."""
    if hasattr(stream, "__aenter__"):
        async with stream as events:
            yield events
        return
    with stream as events:

        async def forwarded():
            for event in events:
                yield event

        yield forwarded()


class Part:
    """The client under test and what every part of the tour asks of it."""

    def __init__(self, client, make_client, settings: Settings, report: Report) -> None:
        self.client = client
        self.make_client = make_client
        self.settings = settings
        self.report = report
        self.mark = uuid.uuid4().hex[:8]

    def check(self, name: str, ok: bool, detail: object = None) -> None:
        self.report.add(name, bool(ok), detail)

    def same(self, name: str, got: object, wanted: object) -> None:
        self.check(name, got == wanted, f"got {got!r}, wanted {wanted!r}")

    async def fails(self, name: str, wanted: type, status: int, result, detail=None):
        """Expects exactly this error class and status; `detail` is the exact text, or a test of it."""
        try:
            await value(result())
        except aod.AodHTTPError as error:
            ok = type(error) is wanted and error.status_code == status
            if callable(detail):
                ok = ok and detail(error.detail)
            elif detail is not None:
                ok = ok and error.detail == detail
            ok = ok and isinstance(error, aod.AodError) and error.method in str(error) and error.url.startswith("http")
            self.check(name, ok, f"{type(error).__name__} {error}")
            return error
        self.check(name, False, f"no error, wanted {wanted.__name__}")
        return None

    async def collect(self, session_id, since=None):
        async with opened(self.client.sessions.stream(session_id, since=since)) as events:
            return [event async for event in events]

    async def agent(self, name: str = "tour", **fields):
        """An agent of the `command` runtime: bash with the prompt on standard input."""
        fields = {"model": "command", "runtime": "command", **fields}
        return await value(self.client.agents.create(name=f"{name} {self.mark}", **fields))

    async def finished(self, agent, prompt: str, **fields):
        ack = await value(self.client.sessions.create(agent_id=agent.id, prompt=prompt, **fields))
        return ack, await self.collect(ack.id)

    @contextlib.asynccontextmanager
    async def using(self, **options):
        """A second client, as the context manager it is."""
        client = self.make_client(**options)
        if hasattr(client, "__aenter__"):
            async with client:
                yield client
        else:
            with client:
                yield client
