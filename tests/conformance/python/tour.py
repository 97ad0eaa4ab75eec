"""A tour of the real `aod-sdk` client against a real server: every method, every error class, streams.

Usage: tour.py sync|async   (settings come from the environment, see `Settings`)

Prints one JSON line per check, then a summary line. Ends with 0 only when every check held and every public method of the
installed client was called.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import inspect
import json
import os
import sys
import time
import traceback
import uuid
from datetime import datetime, timezone

import aod
import httpx
from aod import resources
from aod.pretty.claude import ClaudeFormatter

TERMINAL = ("exit", "error", "terminated", "stale")
CLAUDE_MODEL = "anthropic/claude-sonnet-4-6"
STREAM_JSON = (
    '{"type":"system","subtype":"init","model":"m","tools":["Bash"]}\n'
    '{"type":"assistant","message":{"content":[{"type":"text","text":"Hello."}]}}\n'
)


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


class Tour:
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

    # -- the parts of the tour

    async def health(self):
        body = await value(self.client.health())
        self.same("health says ok", body.get("status"), "ok")

    async def agents(self):
        api = self.client.agents
        skills = [
            {"name": "greet", "description": "How to greet.", "content": "Say hello."},
            {"type": "github", "description": "A whole repository.", "source": "octo/skills"},
        ]
        servers = [
            {"name": "docs", "url": "https://mcp.example.com", "headers": {"X-Team": "a"}},
            {"name": "local", "type": "stdio", "command": "mcp", "args": ["--fast"], "env": {"A": "1"}},
        ]
        made = await value(
            api.create(
                name=f"full {self.mark}",
                model=CLAUDE_MODEL,
                runtime="claude",
                system="Be terse.",
                description="For the tour.",
                skills=skills,
                mcp_servers=servers,
                metadata={"team": "a", "drop": "me"},
            )
        )
        self.check("create returns an Agent", isinstance(made, aod.Agent), made)
        self.same("agent keeps its runtime and model", (made.runtime, made.model), ("claude", CLAUDE_MODEL))
        self.same("agent starts at version 1", (made.type, made.version, made.archived_at), ("agent", 1, None))
        self.same("agent keeps its texts", (made.system, made.description), ("Be terse.", "For the tour."))
        self.same("agent keeps its skills as sent", made.skills, skills)
        self.same("mcp servers have a type", [(s.name, s.type) for s in made.mcp_servers], [("docs", "url"), ("local", "stdio")])
        self.same("metadata is stored", made.metadata, {"team": "a", "drop": "me"})
        age = (datetime.now(timezone.utc) - made.created_at).total_seconds()
        self.check("created_at is now, in UTC", made.created_at.utcoffset() is not None and abs(age) < 60, made.created_at)

        plain = await value(api.create(name="", model=CLAUDE_MODEL, runtime="claude"))
        self.same(
            "a minimal agent has empty fields",
            (plain.name, plain.system, plain.description, plain.environment_id, plain.skills, plain.mcp_servers, plain.metadata),
            ("", None, None, None, [], [], {}),
        )
        self.same("get by UUID", (await value(api.get(made.id))).id, made.id)
        self.same("get by text", (await value(api.get(str(made.id)))).name, made.name)

        changed = await value(api.update(made.id, version=1, name=f"renamed {self.mark}", metadata={"team": "b", "drop": ""}))
        self.same("update counts the version up", (changed.version, changed.name), (2, f"renamed {self.mark}"))
        self.same("metadata is merged per key", changed.metadata, {"team": "b"})
        self.same("update keeps the rest", (changed.system, len(changed.skills)), ("Be terse.", 2))
        again = await value(api.update(made.id, version=2, name=changed.name))
        self.same("an update without a change keeps the version", again.version, 2)
        cleared = await value(
            api.update(made.id, version=2, system="", skills=[], mcp_servers=[], model="anthropic/claude-haiku-4-5", runtime="claude")
        )
        self.same(
            "update replaces and clears",
            (cleared.version, cleared.system, cleared.skills, cleared.mcp_servers, cleared.model),
            (3, None, [], [], "anthropic/claude-haiku-4-5"),
        )
        versions = await value(api.versions(made.id))
        self.check("versions are AgentVersions", all(isinstance(v, aod.AgentVersion) for v in versions), versions)
        self.same("versions come highest first", [(v.version, v.id) for v in versions], [(n, made.id) for n in (3, 2, 1)])
        self.same("a version keeps its snapshot", (versions[2].name, versions[2].metadata), (made.name, made.metadata))

        listed = [a.id for a in await value(api.list())]
        self.same("list has the newest first", listed[:2], [plain.id, made.id])
        archived = await value(api.archive(made.id))
        self.check("archive returns the agent with its time", archived.archived_at is not None, archived)
        self.check("archived agents leave the list", made.id not in [a.id for a in await value(api.list())])
        self.check("archived agents can be read", (await value(api.get(made.id))).archived_at is not None)

        await self.fails("second archive", aod.ConflictError, 409, lambda: api.archive(made.id), "Agent is already archived")
        await self.fails(
            "update of an archived agent", aod.ConflictError, 409,
            lambda: api.update(made.id, version=3, name="x"), "Cannot update an archived agent",
        )  # fmt: skip
        await self.fails(
            "stale version", aod.ConflictError, 409,
            lambda: api.update(plain.id, version=7, name="x"), "Version mismatch: expected 1, got 7",
        )  # fmt: skip
        await self.fails(
            "session with an archived agent", aod.ConflictError, 409,
            lambda: self.client.sessions.create(agent_id=made.id, prompt="x"), "Cannot create session with archived agent",
        )  # fmt: skip
        await value(api.archive(plain.id))

    async def agent_errors(self):
        api = self.client.agents
        fields = {"name": "x", "model": CLAUDE_MODEL, "runtime": "claude"}
        await self.fails(
            "too long a name", aod.ValidationError, 422, lambda: api.create(**{**fields, "name": "x" * 201}),
            lambda d: d[0]["type"] == "string_too_long" and d[0]["loc"] == ["name"] and "msg" in d[0] and "input" in d[0],
        )  # fmt: skip
        await self.fails(
            "every wrong field is listed", aod.ValidationError, 422,
            lambda: api.create(name=1, model=CLAUDE_MODEL, runtime="claude", system=2),
            lambda d: [e["loc"] for e in d] == [["name"], ["system"]] and {e["type"] for e in d} == {"string_type"},
        )  # fmt: skip
        await self.fails(
            "mcp server without a name", aod.ValidationError, 422,
            lambda: api.create(**fields, mcp_servers=[{"url": "https://x.example"}]),
            lambda d: d[0]["type"] == "value_error" and d[0]["msg"] == "Value error, mcp_servers[0] missing required field: name",
        )  # fmt: skip
        await self.fails(
            "two mcp servers of one name", aod.ValidationError, 422,
            lambda: api.create(**fields, mcp_servers=[{"name": "a", "url": "u"}, {"name": "a", "url": "u"}]),
            lambda d: d[0]["msg"] == "Value error, mcp_servers[1]: duplicate name 'a'",
        )  # fmt: skip
        await self.fails(
            "skill with an unknown key", aod.ValidationError, 422,
            lambda: api.create(**fields, skills=[{"name": "a", "description": "b", "content": "c", "x": 1}]),
            lambda d: "unknown keys ['x']" in d[0]["msg"],
        )  # fmt: skip
        await self.fails(
            "unknown model", aod.ValidationError, 422, lambda: api.create(**{**fields, "model": "anthropic/none"}),
            lambda d: d[0]["loc"] == ["model"] and d[0]["msg"].startswith("Value error, Unknown model: anthropic/none. Must be one of: ["),
        )  # fmt: skip
        await self.fails(
            "a runtime that cannot serve the model", aod.ValidationError, 422,
            lambda: api.create(name="x", model="openai/o3", runtime="claude"),
            "Runtime claude cannot serve model openai/o3: provider openai not in ['anthropic']",
        )  # fmt: skip
        error = await self.fails(
            "unknown runtime", aod.AodHTTPError, 400, lambda: api.create(name="x", model=CLAUDE_MODEL, runtime="nope"),
            lambda d: d.startswith("Unknown runtime: nope. Must be one of: ['claude', 'codex', 'gemini', 'opencode'"),
        )  # fmt: skip
        if error is not None:
            self.same("an error names method and URL", (error.method, error.url), ("POST", f"{self.settings.url}/agents"))
        stranger = uuid.uuid4()
        for name, call in {
            "get": lambda: api.get(stranger),
            "update": lambda: api.update(stranger, version=1, name="x"),
            "archive": lambda: api.archive(stranger),
            "versions": lambda: api.versions(stranger),
        }.items():
            await self.fails(f"{name} of a missing agent", aod.NotFoundError, 404, call, "Agent not found")
        await self.fails("an id that is no UUID", aod.NotFoundError, 404, lambda: api.get("nonsense"))
        await self.fails(
            "agent with a missing environment", aod.NotFoundError, 404,
            lambda: api.create(**fields, environment_id=stranger), "Environment not found",
        )  # fmt: skip

    async def environments(self):
        api = self.client.environments
        name = f"tour {self.mark}"
        made = await value(
            api.create(
                name=name,
                env_vars={"GREETING": "hi there", "EMPTY": ""},
                setup_script="echo prepared > prepared.txt",
                networking={"type": "unrestricted"},
            )
        )
        self.check("create returns an Environment", isinstance(made, aod.Environment), made)
        self.same("environment starts at version 1", (made.type, made.version, made.archived_at), ("environment", 1, None))
        self.same("environment keeps its script", made.setup_script, "echo prepared > prepared.txt")
        self.same("networking is unrestricted", made.networking.type, "unrestricted")
        self.same("get", (await value(api.get(made.id))).name, name)
        changed = await value(
            api.update(
                made.id,
                version=1,
                packages={"pip": ["httpx"]},
                networking={"type": "limited", "allowed_hosts": ["pypi.org"]},
            )
        )
        self.same("update replaces", (changed.version, changed.packages), (2, {"pip": ["httpx"]}))
        self.same("limited networking comes back", changed.networking.allowed_hosts, ["pypi.org"])
        cleared = await value(
            api.update(
                made.id, version=2, name=f"{name} b", packages={}, env_vars={"GREETING": "hello"}, setup_script="", networking={}
            )
        )
        self.same("update clears", (cleared.version, cleared.packages, cleared.setup_script), (3, {}, None))
        self.same("networking without a type is unrestricted", cleared.networking.type, "unrestricted")
        versions = await value(api.versions(made.id))
        self.check("versions are EnvironmentVersions", all(isinstance(v, aod.EnvironmentVersion) for v in versions), versions)
        self.same("environment versions come highest first", [v.version for v in versions], [3, 2, 1])
        self.check("list has it", made.id in [e.id for e in await value(api.list())])

        await self.fails(
            "a taken environment name", aod.ConflictError, 409, lambda: api.create(name=f"{name} b"),
            lambda d: f"{name} b" in d,
        )  # fmt: skip
        await self.fails(
            "stale environment version", aod.ConflictError, 409,
            lambda: api.update(made.id, version=1, name="x"), "Version mismatch: expected 3, got 1",
        )  # fmt: skip
        await self.fails(
            "unknown package manager", aod.ValidationError, 422, lambda: api.create(name="x", packages={"brew": ["a"]}),
            lambda d: "Unknown package manager: brew" in d[0]["msg"],
        )  # fmt: skip
        await self.fails(
            "a bad variable name", aod.ValidationError, 422, lambda: api.create(name="x", env_vars={"1A": "b"}),
            lambda d: "1A" in d[0]["msg"],
        )  # fmt: skip
        await self.fails(
            "a bad networking type", aod.ValidationError, 422, lambda: api.create(name="x", networking={"type": "open"}),
            lambda d: "networking.type must be 'unrestricted' or 'limited'" in d[0]["msg"],
        )  # fmt: skip
        archived = await value(api.archive(made.id))
        self.check("environment archive", archived.archived_at is not None, archived)
        self.check("archived environments leave the list", made.id not in [e.id for e in await value(api.list())])
        await self.fails(
            "second environment archive", aod.ConflictError, 409, lambda: api.archive(made.id), "Environment is already archived"
        )
        await self.fails(
            "update of an archived environment", aod.ConflictError, 409,
            lambda: api.update(made.id, version=3, name="x"), "Cannot update an archived environment",
        )  # fmt: skip
        await self.fails(
            "agent with an archived environment", aod.ConflictError, 409,
            lambda: self.agent(environment_id=made.id), "Cannot assign an archived environment to an agent",
        )  # fmt: skip
        self.same("delete returns nothing", await value(api.delete(made.id)), None)
        stranger = uuid.uuid4()
        for name, call in {
            "get": lambda: api.get(made.id),
            "delete": lambda: api.delete(made.id),
            "update": lambda: api.update(stranger, version=1),
            "archive": lambda: api.archive(stranger),
            "versions": lambda: api.versions(stranger),
        }.items():
            await self.fails(f"{name} of a missing environment", aod.NotFoundError, 404, call, "Environment not found")

    async def session(self):
        """One session over two turns: stream, replay, resume, state, then every way it can refuse."""
        api = self.client.sessions
        environment = await value(
            self.client.environments.create(
                name=f"session {self.mark}", env_vars={"GREETING": "hi there"}, setup_script="echo prepared"
            )
        )
        agent = await self.agent(environment_id=environment.id)
        ack = await value(
            api.create(agent_id=str(agent.id), prompt='echo "$GREETING"; echo oops >&2; echo kept > kept.txt', timeout=60)
        )
        self.same("create is an ack of a pending session", (ack.status, ack.current_turn), ("pending", 1))
        self.same(
            "the ack says where to stream", (ack.stream_url, ack.environment_id), (f"/sessions/{ack.id}/stream", environment.id)
        )
        events = await self.collect(ack.id)
        kinds = [event.type for event in events]
        self.same("the stream begins with start", (kinds[0], events[0].id), ("start", None))
        start = events[0].extra
        self.same(
            "start says runtime, provider and session",
            (start.get("runtime"), start.get("provider"), start.get("session_id")),
            ("command", "command", str(ack.id)),
        )
        self.same("one terminal event, at the end", [k for k in kinds if k in TERMINAL] + [kinds[-1]], ["exit", "exit"])
        self.same("exit carries the code", events[-1].extra["code"], 0)
        stdout = "".join(e.extra["data"] for e in events if e.type == "output" and e.extra["stream"] == "stdout")
        stderr = "".join(e.extra["data"] for e in events if e.type == "output" and e.extra["stream"] == "stderr")
        self.same("stdout arrives whole", stdout, "hi there\n")
        self.same("stderr arrives whole", stderr, "oops\n")
        self.check("output knows its turn", all(e.extra["turn"] == 1 for e in events if e.type == "output"))
        stages = [(e.extra["stage"], e.extra["state"]) for e in events if e.type == "stage"]
        for stage in ("create_sprite", "install_runtime", "env_file", "provision_setup", "runtime_config"):
            self.check(f"stage {stage} ran", [(stage, "started"), (stage, "done")] == [s for s in stages if s[0] == stage], stages)
        self.check("runtime_start is last", stages[-1:] == [("runtime_start", "started")], stages)
        timed = [e.extra.get("duration_ms") for e in events if e.type == "stage" and e.extra["state"] == "done"]
        self.check("a done stage says how long", all(isinstance(ms, int) for ms in timed), timed)
        turn_start = next(e for e in events if e.type == "turn_start")
        following = events[events.index(turn_start) + 1]
        self.same("turn_start has the id of the next output", (turn_start.id, turn_start.extra["turn"]), (following.id, 1))
        ids = [e.id for e in events if e.type not in ("start", "turn_start")]
        self.check("ids grow", ids == sorted(set(ids)), ids)

        session = await value(api.get(ack.id))
        self.check("get returns a Session", isinstance(session, aod.Session), session)
        self.same("the session is completed", (session.status, session.exit_code, session.runtime), ("completed", 0, "command"))
        self.same("it counts its turns", (session.turn_count, session.current_turn), (1, 1))
        self.same("it keeps its links", (session.agent_id, session.environment_id), (agent.id, environment.id))

        self.same("replay equals live", [e.model_dump() for e in await self.collect(ack.id)], [e.model_dump() for e in events])
        for cut in range(len(ids)):
            rest = await self.collect(ack.id, since=ids[cut])
            got = [e.id for e in rest if e.type not in ("start", "turn_start")]
            wanted = ids[cut + 1 :] or ids[-1:]
            self.same(f"resume after event {cut + 1} of {len(ids)}", got, wanted)
        self.same("a negative cursor is the beginning", len(await self.collect(ack.id, since=-5)), len(events))
        late = await self.collect(ack.id, since=10**9)
        self.same("a cursor past the end", [e.type for e in late], ["start", "exit"])

        prompted = await value(api.prompt(ack.id, prompt="cat kept.txt; exit 3", timeout=60))
        self.same("prompt is an ack", (prompted.id, prompted.status, prompted.current_turn), (ack.id, "pending", 2))
        second = await self.collect(ack.id, since=ids[-1])
        text = "".join(e.extra["data"] for e in second if e.type == "output")
        self.same("files outlive a turn", text, "kept\n")
        self.same("the second turn ends with its code", (second[-1].type, second[-1].extra.get("code")), ("exit", 3))
        whole = [e.type for e in await self.collect(ack.id)]
        self.same("a replay of two turns", [k for k in whole if k in ("turn_start", *TERMINAL)], ["turn_start", "turn_start", "exit"])
        failed = await value(api.get(ack.id))
        self.same("a failed session", (failed.status, failed.exit_code, failed.turn_count), ("failed", 3, 2))
        turns = await value(api.turns(ack.id))
        self.check("turns are SessionTurns", all(isinstance(t, aod.SessionTurn) for t in turns), turns)
        self.same(
            "turns in order",
            [(t.turn_number, t.status, t.exit_code, t.prompt) for t in turns],
            [(1, "completed", 0, 'echo "$GREETING"; echo oops >&2; echo kept > kept.txt'), (2, "failed", 3, "cat kept.txt; exit 3")],
        )
        self.check("turns have times", all(t.started_at and t.ended_at and t.started_at <= t.ended_at for t in turns), turns)
        self.check("list has the session first", (await value(api.list()))[0].id == ack.id)

        await self.fails(
            "prompt on a failed session", aod.ConflictError, 409, lambda: api.prompt(ack.id, prompt="x"),
            "Session has failed and cannot be resumed. Start a new session.",
        )  # fmt: skip
        await self.fails(
            "delete of an environment in use", aod.ConflictError, 409,
            lambda: self.client.environments.delete(environment.id), "Cannot delete environment with existing sessions",
        )  # fmt: skip
        ended = await value(api.terminate(ack.id))
        self.same("terminate of a finished session", (ended.id, ended.status, ended.current_turn), (ack.id, "terminated", None))
        await self.fails(
            "second terminate", aod.ConflictError, 409, lambda: api.terminate(ack.id), "Session is already terminated"
        )
        await self.fails(
            "prompt on a terminated session", aod.ConflictError, 409, lambda: api.prompt(ack.id, prompt="x"),
            "Session has been terminated",
        )  # fmt: skip
        self.same("its stream ends terminated", (await self.collect(ack.id))[-1].type, "terminated")
        self.same("session delete returns nothing", await value(api.delete(ack.id)), None)
        for name, call in {
            "get": lambda: api.get(ack.id),
            "delete": lambda: api.delete(ack.id),
            "prompt": lambda: api.prompt(ack.id, prompt="x"),
            "turns": lambda: api.turns(ack.id),
            "terminate": lambda: api.terminate(ack.id),
            "stream": lambda: self.collect(ack.id),
        }.items():
            await self.fails(f"{name} of a missing session", aod.NotFoundError, 404, call, "Session not found")
        self.same("an environment without sessions can go", await value(self.client.environments.delete(environment.id)), None)
        self.same("its agent stays, detached", (await value(self.client.agents.get(agent.id))).environment_id, None)

    async def session_errors(self):
        api = self.client.sessions
        agent = await self.agent()
        await self.fails(
            "too short a timeout", aod.ValidationError, 422, lambda: api.create(agent_id=agent.id, prompt="x", timeout=9),
            lambda d: d[0]["type"] == "greater_than_equal" and d[0]["loc"] == ["timeout"],
        )  # fmt: skip
        await self.fails(
            "too long a timeout", aod.ValidationError, 422, lambda: api.create(agent_id=agent.id, prompt="x", timeout=3601),
            lambda d: d[0]["type"] == "less_than_equal",
        )  # fmt: skip
        await self.fails(
            "a foreign repository host", aod.ValidationError, 422,
            lambda: api.create(agent_id=agent.id, prompt="x", resources=[{"type": "github_repository", "url": "https://x.example/a/b"}]),
            lambda d: d[0]["loc"][:2] == ["resources", 0] and "https://github.com/<owner>/<repo> URL" in d[0]["msg"],
        )  # fmt: skip
        await self.fails(
            "session of a missing agent", aod.NotFoundError, 404,
            lambda: api.create(agent_id=uuid.uuid4(), prompt="x"), "Agent not found",
        )  # fmt: skip
        await self.fails(
            "session with a missing environment", aod.NotFoundError, 404,
            lambda: api.create(agent_id=agent.id, prompt="x", environment_id=uuid.uuid4()), "Environment not found",
        )  # fmt: skip
        ack, _ = await self.finished(agent, "true")
        await self.fails(
            "a cursor that is no integer", aod.AodHTTPError, 400,
            lambda: self.collect(ack.id, since="soon"), "since must be an integer",
        )  # fmt: skip
        await value(api.delete(ack.id))

    async def running(self):
        """Sessions that are still at work: conflicts, the quota, and terminate in mid-stream."""
        api = self.client.sessions
        agent = await self.agent()
        first = await value(api.create(agent_id=agent.id, prompt="echo ready; sleep 100", timeout=120))
        async with opened(api.stream(first.id)) as events:
            seen = []
            async for event in events:
                seen.append(event)
                if event.type == "output":
                    break
            self.same("it runs", (await value(api.get(first.id))).status, "running")
            await self.fails(
                "prompt on a running session", aod.ConflictError, 409, lambda: api.prompt(first.id, prompt="x"),
                "Session is already running",
            )  # fmt: skip
            await self.fails(
                "delete of a running session", aod.ConflictError, 409, lambda: api.delete(first.id),
                "Cannot delete an active session",
            )  # fmt: skip
            second = await value(api.create(agent_id=agent.id, prompt="sleep 100", timeout=120))
            error = await self.fails(
                "the third session is over the quota", aod.RateLimitError, 429,
                lambda: api.create(agent_id=agent.id, prompt="true"),
                "Concurrent session limit reached (2/2). Terminate an active session before starting a new one.",
            )  # fmt: skip
            if error is not None:
                self.same("it says limit and active", (error.limit, error.active), (2, 2))
            begun = time.monotonic()
            await value(api.terminate(first.id))
            rest = [event async for event in events]
        self.same("the live stream ends terminated", [e.type for e in rest if e.type in TERMINAL], ["terminated"])
        self.check("and soon", time.monotonic() - begun < 5, time.monotonic() - begun)
        self.same("terminated has its text", rest[-1].extra["message"], "Session terminated")
        self.same("the session stays terminated", (await value(api.get(first.id))).status, "terminated")
        await value(api.terminate(second.id))
        self.same("terminate frees the quota", (await self.finished(agent, "true"))[1][-1].type, "exit")

    async def left_stream(self):
        """Leaving a stream in the middle and coming back with the last id loses and repeats nothing."""
        agent = await self.agent()
        lines = 40
        prompt = f"for n in $(seq {lines}); do echo line $n; sleep 0.02; done"
        ack = await value(self.client.sessions.create(agent_id=agent.id, prompt=prompt))
        text, last, legs, done = "", None, 0, False
        while not done and legs < 100:
            legs += 1
            async with opened(self.client.sessions.stream(ack.id, since=last)) as events:
                taken = 0
                async for event in events:
                    if event.type == "output":
                        text += event.extra["data"]
                        taken += 1
                    if event.id is not None and event.type != "turn_start":
                        last = event.id
                    done = event.type in TERMINAL
                    if taken == 3:
                        break
        self.same("nothing lost, nothing twice", text, "".join(f"line {n + 1}\n" for n in range(lines)))
        self.check("over several connections", legs > 1, legs)

    async def failed_setup(self):
        environment = await value(
            self.client.environments.create(name=f"broken {self.mark}", setup_script="echo no luck >&2; exit 7")
        )
        agent = await self.agent()
        ack, events = await self.finished(agent, "true", environment_id=environment.id)
        self.same("an environment given at create wins", ack.environment_id, environment.id)
        self.same("a failed setup ends in error", (events[-1].type, events[-1].extra["message"]), ("error", "Session failed"))
        failed = [e.extra["stage"] for e in events if e.type == "stage" and e.extra["state"] == "failed"]
        self.same("the failed stage is named", failed, ["provision_setup"])
        text = "".join(e.extra["data"] for e in events if e.type == "output" and e.extra["stream"] == "stderr")
        self.check("stderr says why", text.startswith("provision failed: Provisioning script failed") and "no luck" in text, text)
        session = await value(self.client.sessions.get(ack.id))
        self.same("its exit code is unknown", (session.status, session.exit_code), ("failed", None))
        await value(self.client.sessions.delete(ack.id))
        await value(self.client.environments.delete(environment.id))

    async def text(self):
        """Characters that break line splitters and encoders."""
        agent = await self.agent()
        hard = "a\u2028b\u2029c\u0085d é 漢 😀 \\ \" \t end"
        _, events = await self.finished(agent, f"cat <<'EOF'\n{hard}\nEOF\n")
        out = "".join(e.extra["data"] for e in events if e.type == "output")
        self.same("every character survives", out, f"{hard}\n")
        _, events = await self.finished(agent, "head -c 300000 /dev/zero | tr '\\0' x; printf '\\xff'")
        out = "".join(e.extra["data"] for e in events if e.type == "output")
        self.same("a long line and a bad byte", (len(out), out[:1], out[-1:]), (300001, "x", "\ufffd"))

    async def pretty(self):
        agent = await self.agent()
        _, events = await self.finished(agent, f"cat <<'EOF'\n{STREAM_JSON}EOF\n")
        formatter = ClaudeFormatter()
        shown = [line for event in events for line in formatter.consume(event)] + list(formatter.flush())
        self.same("the pretty formatter reads our stream", [line.split(" ")[-1] for line in shown], ["tools=1", "Hello."])

    async def other_servers(self):
        settings = self.settings
        async with self.using(base_url=settings.url, token="aod_" + "x" * 43) as client:
            await self.fails("an unknown key", aod.AuthError, 401, lambda: client.agents.list(), "Invalid API key")
        async with self.using(base_url=settings.bare_url, token=settings.bare_token) as client:
            agent = await value(client.agents.create(name="x", model="command", runtime="command"))
            await self.fails(
                "a server without a session backend", aod.ServerError, 503,
                lambda: client.sessions.create(agent_id=agent.id, prompt="true"), "Session backend is not configured",
            )  # fmt: skip
        async with self.using(base_url=settings.strict_url, token=settings.strict_token) as client:
            agent = await value(client.agents.create(name="x", model=CLAUDE_MODEL, runtime="claude"))
            await self.fails(
                "a runtime without credentials", aod.AodHTTPError, 400,
                lambda: client.sessions.create(agent_id=agent.id, prompt="true"), "No API key configured for runtime: claude",
            )  # fmt: skip

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
            async with self.using(token="aod_wrong", timeout=5.0) as client:
                await self.fails("an argument wins over the environment", aod.AuthError, 401, lambda: client.agents.list())
        finally:
            del os.environ["AOD_API_URL"], os.environ["AOD_API_TOKEN"]
        transport = httpx.AsyncHTTPTransport if self.make_client is aod.AsyncClient else httpx.HTTPTransport
        client = self.make_client(
            base_url=settings.url, token=settings.token, timeout=httpx.Timeout(10.0), transport=transport(retries=1)
        )
        self.check("timeout and transport can be given", len(await value(client.environments.list())) >= 0)
        await value(client.aclose() if hasattr(client, "aclose") else client.close())

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
            await asyncio.wait_for(getattr(tour, part)(), timeout=120)
        except Exception:  # one broken part must not hide the others
            report.add(f"{part} runs to its end", False, traceback.format_exc())
    await value(tour.client.aclose() if asynchronous else tour.client.close())
    report.add("every method of the client was called", not calls.missing, sorted(calls.missing))
    print(json.dumps({"mode": mode, "version": aod.__version__, "passed": report.passed, "failed": report.failed}))
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1])))
