"""The state that a server keeps for one session does not reach another session. Sessions share a child only if the server is known to keep
no state or the configuration allows it, and never across tokens or profiles."""
import json
import os

import http_client


def status(ctx):
    return {server["name"]: server for server in json.loads(ctx.run("status", "--json"))["processes"][0]["servers"]}


def run(ctx):
    # The name of its program makes it one of the servers that keep no state.
    stateless = ctx.dir / "mcp-server-time"
    os.symlink(ctx.fake_path, stateless)
    options = {"a": {}, "b": {}, "c": {}, "all": {"share": "all"}, "one": {"share": "one"}, "time": {"command": str(stateless)}}
    ctx.write_config({"mcpServers": {name: {"command": str(ctx.fake_path), "args": [f"name={name}", "tools=keep,pid"], **more}
                               for name, more in options.items()}, "profiles": {"all": {}}})
    other = ctx.run("token", "create", "other", "--profile", "all", "--yes").strip().splitlines()[-1]
    serve = http_client.Serve(ctx)
    sessions = [(serve.hello(token=token), token) for token in (True, True, True, other, other)]

    def said(at, tool, arguments=None):
        session, token = sessions[at]
        return serve.call(session, tool, arguments, token=token).answer["result"]["content"][0]["text"]

    for name in ("a", "b", "c"):
        for at in range(5):
            ctx.equal(said(at, f"{name}__keep", {"value": f"of {at}"}), "", f"session {at} sees no value of other sessions in {name}")
        for at in range(5):
            ctx.equal(said(at, f"{name}__keep"), f"of {at}", f"session {at} sees its own value in {name}")
    for name in ("all", "one", "time"):
        of = [said(at, f"{name}__pid") for at in range(5)]
        ctx.equal((len(set(of[:3])), len(set(of[3:])), of[0] == of[3]), (1, 1, False), f"{name} is shared within a token: {of}")
    servers = status(ctx)
    ctx.equal({name: server["children"] for name, server in servers.items()},
              {"a": 5, "b": 5, "c": 5, "all": 2, "one": 2, "time": 2}, "children")
    ctx.check("may keep state" in servers["a"]["sharing"], servers["a"])
    ctx.check('share is "all"' in servers["all"]["sharing"], servers["all"])
    ctx.check("known to keep no state" in servers["time"]["sharing"], servers["time"])
    text = ctx.run("status")
    ctx.check("a: 5 children for 5 sessions; each session has a child of its own" in text, text)
    ctx.check("time: 2 children for 5 sessions; sessions of one token and profile" in text, text)
    serve.end()
