"""Agents and environments: every method, merge and replace rules, and the ways they refuse."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta, timezone

import aod
from harness import CLAUDE_MODEL, Part, value


class AgentsTour(Part):
    """The resources that sessions are made from."""

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
        asked_at = datetime.now(timezone.utc)
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
        answered_at = datetime.now(timezone.utc)
        self.check("create returns an Agent", isinstance(made, aod.Agent), made)
        self.same("agent keeps its runtime and model", (made.runtime, made.model), ("claude", CLAUDE_MODEL))
        self.same("agent starts at version 1", (made.type, made.version, made.archived_at), ("agent", 1, None))
        self.same("agent keeps its texts", (made.system, made.description), ("Be terse.", "For the tour."))
        self.same("agent keeps its skills as sent", made.skills, skills)
        self.same(
            "mcp servers have a type",
            [(s.name, s.type) for s in made.mcp_servers],
            [("docs", "url"), ("local", "stdio")],
        )
        self.same("metadata is stored", made.metadata, {"team": "a", "drop": "me"})
        self.check(
            "created_at is now, in UTC",
            made.created_at.utcoffset() == timedelta(0)
            and asked_at - timedelta(seconds=1) < made.created_at < answered_at + timedelta(seconds=1),
            (asked_at, made.created_at, answered_at),
        )

        plain = await value(api.create(name="", model=CLAUDE_MODEL, runtime="claude"))
        self.same(
            "a minimal agent has empty fields",
            (
                plain.name,
                plain.system,
                plain.description,
                plain.environment_id,
                plain.skills,
                plain.mcp_servers,
                plain.metadata,
            ),
            ("", None, None, None, [], [], {}),
        )
        self.same("get by UUID", (await value(api.get(made.id))).id, made.id)
        self.same("get by text", (await value(api.get(str(made.id)))).name, made.name)

        changed = await value(
            api.update(made.id, version=1, name=f"renamed {self.mark}", metadata={"team": "b", "drop": ""})
        )
        self.same("update counts the version up", (changed.version, changed.name), (2, f"renamed {self.mark}"))
        self.same("metadata is merged per key", changed.metadata, {"team": "b"})
        self.same("update keeps the rest", (changed.system, len(changed.skills)), ("Be terse.", 2))
        again = await value(api.update(made.id, version=2, name=changed.name))
        self.same("an update without a change keeps the version", again.version, 2)
        cleared = await value(
            api.update(
                made.id,
                version=2,
                system="",
                skills=[],
                mcp_servers=[],
                model="anthropic/claude-haiku-4-5",
                runtime="claude",
            )
        )
        self.same(
            "update replaces and clears",
            (cleared.version, cleared.system, cleared.skills, cleared.mcp_servers, cleared.model),
            (3, None, [], [], "anthropic/claude-haiku-4-5"),
        )
        versions = await value(api.versions(made.id))
        self.check("versions are AgentVersions", all(isinstance(v, aod.AgentVersion) for v in versions), versions)
        self.same(
            "versions come highest first", [(v.version, v.id) for v in versions], [(n, made.id) for n in (3, 2, 1)]
        )
        self.same("a version keeps its snapshot", (versions[2].name, versions[2].metadata), (made.name, made.metadata))

        listed = [a.id for a in await value(api.list())]
        self.same("list has the newest first", listed[:2], [plain.id, made.id])
        archived = await value(api.archive(made.id))
        self.check("archive returns the agent with its time", archived.archived_at is not None, archived)
        self.check("archived agents leave the list", made.id not in [a.id for a in await value(api.list())])
        self.check("archived agents can be read", (await value(api.get(made.id))).archived_at is not None)

        await self.fails(
            "second archive", aod.ConflictError, 409, lambda: api.archive(made.id), "Agent is already archived"
        )
        await self.fails(
            "update of an archived agent",
            aod.ConflictError,
            409,
            lambda: api.update(made.id, version=3, name="x"),
            "Cannot update an archived agent",
        )
        await self.fails(
            "stale version",
            aod.ConflictError,
            409,
            lambda: api.update(plain.id, version=7, name="x"),
            "Version mismatch: expected 1, got 7",
        )
        await self.fails(
            "session with an archived agent",
            aod.ConflictError,
            409,
            lambda: self.client.sessions.create(agent_id=made.id, prompt="x"),
            "Cannot create session with archived agent",
        )
        await value(api.archive(plain.id))

    async def agent_errors(self):
        api = self.client.agents
        fields = {"name": "x", "model": CLAUDE_MODEL, "runtime": "claude"}
        await self.fails(
            "too long a name",
            aod.ValidationError,
            422,
            lambda: api.create(**{**fields, "name": "x" * 201}),
            lambda d: (
                d[0]["type"] == "string_too_long" and d[0]["loc"] == ["name"] and "msg" in d[0] and "input" in d[0]
            ),
        )
        await self.fails(
            "every wrong field is listed",
            aod.ValidationError,
            422,
            lambda: api.create(name=1, model=CLAUDE_MODEL, runtime="claude", system=2),
            lambda d: [e["loc"] for e in d] == [["name"], ["system"]] and {e["type"] for e in d} == {"string_type"},
        )
        await self.fails(
            "mcp server without a name",
            aod.ValidationError,
            422,
            lambda: api.create(**fields, mcp_servers=[{"url": "https://x.example"}]),
            lambda d: (
                d[0]["type"] == "value_error"
                and d[0]["msg"] == "Value error, mcp_servers[0] missing required field: name"
            ),
        )
        await self.fails(
            "two mcp servers of one name",
            aod.ValidationError,
            422,
            lambda: api.create(**fields, mcp_servers=[{"name": "a", "url": "u"}, {"name": "a", "url": "u"}]),
            lambda d: d[0]["msg"] == "Value error, mcp_servers[1]: duplicate name 'a'",
        )
        await self.fails(
            "skill with an unknown key",
            aod.ValidationError,
            422,
            lambda: api.create(**fields, skills=[{"name": "a", "description": "b", "content": "c", "x": 1}]),
            lambda d: "unknown keys ['x']" in d[0]["msg"],
        )
        await self.fails(
            "unknown model",
            aod.ValidationError,
            422,
            lambda: api.create(**{**fields, "model": "anthropic/none"}),
            lambda d: (
                d[0]["loc"] == ["model"]
                and d[0]["msg"].startswith("Value error, Unknown model: anthropic/none. Must be one of: [")
            ),
        )
        await self.fails(
            "a runtime that cannot serve the model",
            aod.ValidationError,
            422,
            lambda: api.create(name="x", model="openai/o3", runtime="claude"),
            "Runtime claude cannot serve model openai/o3: provider openai not in ['anthropic']",
        )
        error = await self.fails(
            "unknown runtime",
            aod.AodHTTPError,
            400,
            lambda: api.create(name="x", model=CLAUDE_MODEL, runtime="nope"),
            lambda d: d.startswith("Unknown runtime: nope. Must be one of: ['claude', 'codex', 'gemini', 'opencode'"),
        )
        if error is not None:
            self.same(
                "an error names method and URL", (error.method, error.url), ("POST", f"{self.settings.url}/agents")
            )
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
            "agent with a missing environment",
            aod.NotFoundError,
            404,
            lambda: api.create(**fields, environment_id=stranger),
            "Environment not found",
        )

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
        self.same(
            "environment starts at version 1", (made.type, made.version, made.archived_at), ("environment", 1, None)
        )
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
                made.id,
                version=2,
                name=f"{name} b",
                packages={},
                env_vars={"GREETING": "hello"},
                setup_script="",
                networking={},
            )
        )
        self.same("update clears", (cleared.version, cleared.packages, cleared.setup_script), (3, {}, None))
        self.same("networking without a type is unrestricted", cleared.networking.type, "unrestricted")
        versions = await value(api.versions(made.id))
        self.check(
            "versions are EnvironmentVersions", all(isinstance(v, aod.EnvironmentVersion) for v in versions), versions
        )
        self.same("environment versions come highest first", [v.version for v in versions], [3, 2, 1])
        self.check("list has it", made.id in [e.id for e in await value(api.list())])

        await self.fails(
            "a taken environment name",
            aod.ConflictError,
            409,
            lambda: api.create(name=f"{name} b"),
            lambda d: f"{name} b" in d,
        )
        await self.fails(
            "stale environment version",
            aod.ConflictError,
            409,
            lambda: api.update(made.id, version=1, name="x"),
            "Version mismatch: expected 3, got 1",
        )
        await self.fails(
            "unknown package manager",
            aod.ValidationError,
            422,
            lambda: api.create(name="x", packages={"brew": ["a"]}),
            lambda d: "Unknown package manager: brew" in d[0]["msg"],
        )
        await self.fails(
            "a bad variable name",
            aod.ValidationError,
            422,
            lambda: api.create(name="x", env_vars={"1A": "b"}),
            lambda d: "1A" in d[0]["msg"],
        )
        await self.fails(
            "a bad networking type",
            aod.ValidationError,
            422,
            lambda: api.create(name="x", networking={"type": "open"}),
            lambda d: "networking.type must be 'unrestricted' or 'limited'" in d[0]["msg"],
        )
        archived = await value(api.archive(made.id))
        self.check("environment archive", archived.archived_at is not None, archived)
        self.check("archived environments leave the list", made.id not in [e.id for e in await value(api.list())])
        await self.fails(
            "second environment archive",
            aod.ConflictError,
            409,
            lambda: api.archive(made.id),
            "Environment is already archived",
        )
        await self.fails(
            "update of an archived environment",
            aod.ConflictError,
            409,
            lambda: api.update(made.id, version=3, name="x"),
            "Cannot update an archived environment",
        )
        await self.fails(
            "agent with an archived environment",
            aod.ConflictError,
            409,
            lambda: self.agent(environment_id=made.id),
            "Cannot assign an archived environment to an agent",
        )
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
