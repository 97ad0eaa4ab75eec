"""Sessions: turns, streams, replay, resume, conflicts and the quota."""

from __future__ import annotations

import time
import uuid

import aod
from aod.pretty.claude import ClaudeFormatter
from harness import TERMINAL, Part, opened, value

STREAM_JSON = (
    '{"type":"system","subtype":"init","model":"m","tools":["Bash"]}\n'
    '{"type":"assistant","message":{"content":[{"type":"text","text":"Hello."}]}}\n'
)


class SessionsTour(Part):
    """One session over two turns, then every way it can refuse, end or break."""

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
            api.create(
                agent_id=str(agent.id), prompt='echo "$GREETING"; echo oops >&2; echo kept > kept.txt', timeout=60
            )
        )
        self.same("create is an ack of a pending session", (ack.status, ack.current_turn), ("pending", 1))
        self.same(
            "the ack says where to stream",
            (ack.stream_url, ack.environment_id),
            (f"/sessions/{ack.id}/stream", environment.id),
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
            self.check(
                f"stage {stage} ran",
                [(stage, "started"), (stage, "done")] == [s for s in stages if s[0] == stage],
                stages,
            )
        self.check("runtime_start is last", stages[-1:] == [("runtime_start", "started")], stages)
        timed = [e.extra.get("duration_ms") for e in events if e.type == "stage" and e.extra["state"] == "done"]
        self.check("a done stage says how long", all(isinstance(ms, int) for ms in timed), timed)
        turn_start = next(e for e in events if e.type == "turn_start")
        following = events[events.index(turn_start) + 1]
        self.same(
            "turn_start has the id of the next output", (turn_start.id, turn_start.extra["turn"]), (following.id, 1)
        )
        ids = [e.id for e in events if e.type not in ("start", "turn_start")]
        self.check("ids grow", ids == sorted(set(ids)), ids)

        session = await value(api.get(ack.id))
        self.check("get returns a Session", isinstance(session, aod.Session), session)
        self.same(
            "the session is completed",
            (session.status, session.exit_code, session.runtime),
            ("completed", 0, "command"),
        )
        self.same("it counts its turns", (session.turn_count, session.current_turn), (1, 1))
        self.same("it keeps its links", (session.agent_id, session.environment_id), (agent.id, environment.id))

        self.same(
            "replay equals live", [e.model_dump() for e in await self.collect(ack.id)], [e.model_dump() for e in events]
        )
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
        self.same(
            "a replay of two turns",
            [k for k in whole if k in ("turn_start", *TERMINAL)],
            ["turn_start", "turn_start", "exit"],
        )
        failed = await value(api.get(ack.id))
        self.same("a failed session", (failed.status, failed.exit_code, failed.turn_count), ("failed", 3, 2))
        turns = await value(api.turns(ack.id))
        self.check("turns are SessionTurns", all(isinstance(t, aod.SessionTurn) for t in turns), turns)
        self.same(
            "turns in order",
            [(t.turn_number, t.status, t.exit_code, t.prompt) for t in turns],
            [
                (1, "completed", 0, 'echo "$GREETING"; echo oops >&2; echo kept > kept.txt'),
                (2, "failed", 3, "cat kept.txt; exit 3"),
            ],
        )
        self.check(
            "turns have times", all(t.started_at and t.ended_at and t.started_at <= t.ended_at for t in turns), turns
        )
        self.check("list has the session first", (await value(api.list()))[0].id == ack.id)

        await self.fails(
            "prompt on a failed session",
            aod.ConflictError,
            409,
            lambda: api.prompt(ack.id, prompt="x"),
            "Session has failed and cannot be resumed. Start a new session.",
        )
        await self.fails(
            "delete of an environment in use",
            aod.ConflictError,
            409,
            lambda: self.client.environments.delete(environment.id),
            "Cannot delete environment with existing sessions",
        )
        ended = await value(api.terminate(ack.id))
        self.same(
            "terminate of a finished session",
            (ended.id, ended.status, ended.current_turn),
            (ack.id, "terminated", None),
        )
        await self.fails(
            "second terminate", aod.ConflictError, 409, lambda: api.terminate(ack.id), "Session is already terminated"
        )
        await self.fails(
            "prompt on a terminated session",
            aod.ConflictError,
            409,
            lambda: api.prompt(ack.id, prompt="x"),
            "Session has been terminated",
        )
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
        self.same(
            "an environment without sessions can go", await value(self.client.environments.delete(environment.id)), None
        )
        self.same("its agent stays, detached", (await value(self.client.agents.get(agent.id))).environment_id, None)

    async def session_errors(self):
        api = self.client.sessions
        agent = await self.agent()
        await self.fails(
            "too short a timeout",
            aod.ValidationError,
            422,
            lambda: api.create(agent_id=agent.id, prompt="x", timeout=9),
            lambda d: d[0]["type"] == "greater_than_equal" and d[0]["loc"] == ["timeout"],
        )
        await self.fails(
            "too long a timeout",
            aod.ValidationError,
            422,
            lambda: api.create(agent_id=agent.id, prompt="x", timeout=3601),
            lambda d: d[0]["type"] == "less_than_equal",
        )
        await self.fails(
            "a foreign repository host",
            aod.ValidationError,
            422,
            lambda: api.create(
                agent_id=agent.id, prompt="x", resources=[{"type": "github_repository", "url": "https://x.example/a/b"}]
            ),
            lambda d: d[0]["loc"][:2] == ["resources", 0] and "https://github.com/<owner>/<repo> URL" in d[0]["msg"],
        )
        await self.fails(
            "session of a missing agent",
            aod.NotFoundError,
            404,
            lambda: api.create(agent_id=uuid.uuid4(), prompt="x"),
            "Agent not found",
        )
        await self.fails(
            "session with a missing environment",
            aod.NotFoundError,
            404,
            lambda: api.create(agent_id=agent.id, prompt="x", environment_id=uuid.uuid4()),
            "Environment not found",
        )
        ack, _ = await self.finished(agent, "true")
        await self.fails(
            "a cursor that is no integer",
            aod.AodHTTPError,
            400,
            lambda: self.collect(ack.id, since="soon"),
            "since must be an integer",
        )
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
                "prompt on a running session",
                aod.ConflictError,
                409,
                lambda: api.prompt(first.id, prompt="x"),
                "Session is already running",
            )
            await self.fails(
                "delete of a running session",
                aod.ConflictError,
                409,
                lambda: api.delete(first.id),
                "Cannot delete an active session",
            )
            second = await value(api.create(agent_id=agent.id, prompt="sleep 100", timeout=120))
            error = await self.fails(
                "the third session is over the quota",
                aod.RateLimitError,
                429,
                lambda: api.create(agent_id=agent.id, prompt="true"),
                "Concurrent session limit reached (2/2). Terminate an active session before starting a new one.",
            )
            if error is not None:
                self.same("it says limit and active", (error.limit, error.active), (2, 2))
            begun = time.monotonic()
            await value(api.terminate(first.id))
            rest = [event async for event in events]
        self.same("the live stream ends terminated", [e.type for e in rest if e.type in TERMINAL], ["terminated"])
        self.check("and long before its program would end", time.monotonic() - begun < 90, time.monotonic() - begun)
        self.same("terminated has its text", rest[-1].extra["message"], "Session terminated")
        self.same("the session stays terminated", (await value(api.get(first.id))).status, "terminated")
        await value(api.terminate(second.id))
        _, events = await self.finished(agent, "true")
        self.check("terminate frees the quota", events[-1].type == "exit", [event.model_dump() for event in events])

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
                async for event in events:
                    if event.type == "output":
                        text += event.extra["data"]
                    if event.id is not None and event.type != "turn_start":
                        last = event.id
                    done = event.type in TERMINAL
                    # However many lines have come as one.
                    if event.type == "output":
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
        self.same(
            "a failed setup ends in error", (events[-1].type, events[-1].extra["message"]), ("error", "Session failed")
        )
        failed = [e.extra["stage"] for e in events if e.type == "stage" and e.extra["state"] == "failed"]
        self.same("the failed stage is named", failed, ["provision_setup"])
        text = "".join(e.extra["data"] for e in events if e.type == "output" and e.extra["stream"] == "stderr")
        self.check(
            "stderr says why",
            text.startswith("provision failed: Provisioning script failed") and "no luck" in text,
            text,
        )
        session = await value(self.client.sessions.get(ack.id))
        self.same("its exit code is unknown", (session.status, session.exit_code), ("failed", None))
        await value(self.client.sessions.delete(ack.id))
        await value(self.client.environments.delete(environment.id))

    async def text(self):
        """Characters that break line splitters and encoders."""
        agent = await self.agent()
        hard = 'a\u2028b\u2029c\u0085d é 漢 😀 \\ " \t end'
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
        self.same(
            "the pretty formatter reads our stream", [line.split(" ")[-1] for line in shown], ["tools=1", "Hello."]
        )
