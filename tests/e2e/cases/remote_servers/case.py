"""Servers at URLs are servers like those that callgate starts. Here, the remote server is another callgate: its fake server is reached with
both eras of Streamable HTTP and with HTTP+SSE. A server that refuses the gate, or that cannot be reached, is down with a reason, and no other
server suffers. A callgate does not connect to itself. The value of a header comes from a reference and is nowhere in the record."""
import json
import pathlib

import http_client


def run(ctx):
    ctx.servers(fs=["tools=echo,slow,error,progress,ask resources prompts logging"])
    remote = http_client.Serve(ctx, name="remote")
    base = f"http://127.0.0.1:{remote.port}"
    key = {"Authorization": "Bearer ${env:REMOTE_KEY}"}
    near = pathlib.Path(ctx.dir) / "near"
    near.mkdir()
    config = near / "config.json"
    config.write_text(json.dumps({"gateway": {"shared": "off"}, "mcpServers": {
        "modern": {"url": f"{base}/mcp?key=in-the-query", "headers": key},
        "legacy": {"url": f"{base}/mcp", "headers": key, "era": "legacy"},
        "old": {"url": f"{base}/sse", "headers": key, "type": "sse"},
        "several": {"url": f"{base}/mcp", "headers": key, "accounts": {"work": {"under": ["/"]}, "home": {}}},
        "refused": {"url": f"{base}/mcp", "headers": {"Authorization": "Bearer wrong"}},
        "away": {"url": "http://127.0.0.1:9/mcp"},
        "open": {"url": "http://${env:REMOTE_HOST}/mcp"},
        "local": ctx.server("local", "tools=echo")},
        "policy": {"deny": [{"tool": "several__fs__error", "account": "work"}]}}))
    state = near / "state"
    gate = ctx.gate("--config", str(config), env={"CALLGATE_STATE": str(state), "REMOTE_KEY": remote.token, "REMOTE_HOST": "192.0.2.1"},
                    name="near")
    gate.hello()
    wanted = {f"{server}__fs__echo" for server in ("modern", "legacy", "old", "several")} | {"local__echo"}
    ctx.wait(lambda: wanted <= set(gate.tools()), lambda: f"the tools: {gate.tools()}")
    for server in ("modern", "legacy", "old"):
        answer = gate.call(f"{server}__fs__echo", {"text": f"to {server}"})
        ctx.check(f"to {server}" in json.dumps(answer), f"an answer of {server}: {answer}")
        failed = gate.call(f"{server}__fs__error", {})
        ctx.check("error" in failed or failed.get("result", {}).get("isError"), f"an error of {server}: {failed}")
    # A rule for an account hides a tool from the sessions of this account, and refuses it.
    ctx.check("several__fs__error" not in gate.tools(), f"the tools of an account: {gate.tools()}")
    gate.call("several__fs__error", {})
    gate.call("several__fs__echo", {"text": "to an account"})
    gate.told("'refused'", "401")
    gate.told("'open'", "the URL begins with http:")
    gate.told("'away'", "cannot reach http://127.0.0.1:9")
    shown = ctx.run("servers", "show", "modern", env={"CALLGATE_STATE": str(state)})
    ctx.check(f"remote     {base}/mcp" in shown and "modern is ready" in shown and "in-the-query" not in shown, shown)
    shown = ctx.run("servers", "show", "several", env={"CALLGATE_STATE": str(state)})
    ctx.check("account    work" in shown, shown)
    gate.close()
    # The record has each call, as for a process.
    listed = ctx.run("history", "list", "--json", "--tool", "fs__echo", env={"CALLGATE_STATE": str(state)})
    calls = [(call["server"], call["outcome"]) for call in json.loads(listed)["calls"]]
    ctx.equal(sorted(calls), [(server, "ok") for server in ("legacy", "modern", "old", "several")], "the recorded calls")
    listed = ctx.run("history", "list", "--json", "--account", "work", env={"CALLGATE_STATE": str(state)})
    calls = [(call["tool"], call["account"], call["outcome"]) for call in json.loads(listed)["calls"]]
    ctx.equal(sorted(calls), [("fs__echo", "work", "ok"), ("fs__error", "work", "denied")], "the calls to the account")
    for file in (*state.rglob("*"), near / "near.stderr", gate.stderr_file):
        if file.is_file():
            ctx.check(remote.token.encode() not in file.read_bytes(), f"the header's value is not in {file}")
    remote.end()
