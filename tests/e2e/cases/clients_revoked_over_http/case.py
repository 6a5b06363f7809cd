"""Revoking a client ends its HTTP sessions of every kind at once, and refuses new ones. Revoking a token does this to all of its clients,
whatever names they give."""
import json
import subprocess

import http_client

META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "e2e", "version": "1"}}


def modern(serve, **options):
    message = {"jsonrpc": "2.0", "id": 5, "method": "tools/list", "params": {"_meta": META}}
    return serve.request("POST", "/mcp", message, MCP_Protocol_Version="2026-07-28", Mcp_Method="tools/list", **options)


def command(ctx, *words):
    """Runs a command of a person: none of its ancestors is known as a client."""
    done = subprocess.run([ctx.callgate_path, *words], cwd=ctx.dir, env=ctx.env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=30, check=False)
    ctx.equal(done.returncode, 0, f"callgate {words}: {done.stderr}")
    return done.stdout


def run(ctx):
    ctx.write_config(json.dumps({"mcpServers": {"fs": ctx.server("fs", "tools=echo")},
                                 "profiles": {"all": {"policy": {"default": "allow"}}}}))
    serve = http_client.Serve(ctx)
    ctx.wait(lambda: json.loads(ctx.run("status", "--json", status=None))["processes"], "the gate answers")
    token = command(ctx, "token", "create", "ci", "--profile", "all", "--yes").strip()
    ctx.wait(lambda: modern(serve, token=token).status == 200, "the new token is accepted")
    session = serve.hello()
    ctx.equal(serve.call(session, "fs__echo", {"n": 1}).status, 200, "a call before the client is revoked")
    stream = serve.request("GET", "/mcp", Mcp_Session_Id=session)
    ctx.equal(stream.status, 200, "the session's stream")
    ctx.equal(modern(serve).status, 200, "a modern client before it is revoked")

    command(ctx, "clients", "revoke", "e2e")
    ctx.wait(lambda: serve.call(session, "fs__echo", {"n": 2}).status == 404, "the session is over")
    refused = serve.rpc(None, "initialize", {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "e2e", "version": "1"}})
    ctx.check("revoked" in refused.json.get("error", {}).get("message", ""), f"initialize of a revoked client: {refused.json}")
    answer = modern(serve).json
    ctx.check("revoked" in answer.get("error", {}).get("message", ""), f"a revoked modern client: {answer}")
    command(ctx, "clients", "resume", "e2e", "--yes")
    session = serve.hello()
    ctx.equal(serve.call(session, "fs__echo", {"n": 3}).status, 200, "a call after the client was resumed")

    command(ctx, "clients", "revoke", "ci")
    ctx.wait(lambda: modern(serve, token=token).status == 401, "the token is refused")
    ctx.equal(modern(serve).status, 200, "another token is still accepted")
    command(ctx, "token", "revoke", "ci")
    ctx.equal(modern(serve, token=token).status, 401, "the revoked token is refused")
    ctx.equal([call["outcome"] for call in ctx.history()], ["ok", "denied", "ok"], "calls; the one for the ended session has a row, too")
    serve.end()
