"""Host, Origin and token are checked on every path, and only their owner can read the token's files."""
import hashlib
import json
import os
import stat

import http_client

INITIALIZE = {"jsonrpc": "2.0", "id": 1, "method": "initialize",
              "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "e", "version": "1"}}}


def run(ctx):
    ctx.write_config({"mcpServers": {"fs": ctx.server("fs", "tools=echo")},
                      "profiles": {"narrow": {"servers": ["fs"]}}, "http": {"hosts": ["box.lan"]}})
    serve = http_client.Serve(ctx)
    token = ctx.state / "token"
    ctx.equal(stat.S_IMODE(token.stat().st_mode), 0o600, "the token's mode")
    serve.gate.told(str(token))
    ctx.check(serve.token not in serve.gate.stderr, "the log has the token's place, not the token")
    for host, origin, given, status in [
            (None, None, True, 200), ("localhost:1", None, True, 200), ("[::1]", "http://localhost:5173", True, 200),
            ("box.lan", "https://box.lan", True, 200), ("evil.example", None, True, 403), ("localhost.evil", None, True, 403),
            (None, "http://evil.example", True, 403), (None, "null", True, 403), (None, None, False, 401),
            (None, None, "wrong", 401), (None, None, serve.token + "x", 401), (None, None, serve.token[:-1], 401),
            ("evil.example", None, False, 403)]:
        fields = {"Host": host} if host else {}
        if origin:
            fields["Origin"] = origin
        response = serve.request("POST", "/mcp", INITIALIZE, token=given, **fields)
        ctx.equal(response.status, status, f"{host} {origin} {given}")
        allowed = origin if origin and status != 403 else None
        ctx.equal(response.fields.get("access-control-allow-origin"), allowed, "only a page of an allowed origin may read the answer")
        if status == 401:
            ctx.check(response.fields["www-authenticate"].startswith("Bearer"), "the answer names the authentication scheme")
    for method, path in [("GET", "/sse"), ("GET", "/mcp"), ("DELETE", "/mcp"), ("POST", "/messages?sessionId=1")]:
        ctx.equal(serve.request(method, path, token=False).status, 401, f"{method} {path} without a token")
    ctx.equal(serve.request("GET", "/healthz", token=False).status, 200, "health needs no token")
    ctx.equal(serve.request("GET", "/healthz", token=False, Host="evil").status, 403, "health needs an allowed host")
    ctx.equal(serve.request("OPTIONS", "/mcp", token=False).status, 405, "OPTIONS without an origin is not a preflight")
    for origin in ("http://evil.example", "null", "app://other"):
        response = serve.request("OPTIONS", "/mcp", token=False, Origin=origin, Access_Control_Request_Method="POST")
        ctx.equal((response.status, [name for name in response.fields if name.startswith("access-control")]), (403, []), origin)
    ctx.equal(serve.request("GET", "/nothing", token=False).status, 404, "another path does not exist")
    # A named token is added and removed while the gate runs, and its session ends with it.
    secret = "named-token-of-the-test"
    tokens = ctx.state / "tokens"

    def write(profile):
        entry = {"name": "ci", "profile": profile, "sha256": hashlib.sha256(secret.encode()).hexdigest(), "created": ""}
        fresh = ctx.state / "tokens.new"
        fresh.write_text(json.dumps({"tokens": [entry]}))
        fresh.chmod(0o600)
        os.rename(fresh, tokens)

    write("narrow")
    ctx.wait(lambda: serve.request("POST", "/mcp", INITIALIZE, token=secret).status == 200, "the new token is accepted")
    session = serve.hello(token=secret)
    ctx.equal(serve.rpc(session, "ping").status, 404, "the default token cannot use another token's session")
    ctx.equal(serve.rpc(session, "ping", token=secret).status, 200, "its own token can use the session")
    tokens.unlink()
    ctx.wait(lambda: serve.rpc(session, "ping", token=secret).status == 401, "the token is revoked")
    write("unknown")
    ctx.wait(lambda: serve.request("POST", "/mcp", INITIALIZE, token=secret).status == 403, "a profile that is not configured")
    serve.end()
    tokens.unlink()
    # Running without a token is allowed only on loopback, and a token's file that others can read is refused.
    ctx.fails("serve", "--no-token", "--listen", "0.0.0.0:0", code="http.open_to_all")
    token.chmod(0o644)
    ctx.fails("serve", "--listen", "127.0.0.1:0", code="token.mode", says=["chmod 600"])
    token.chmod(0o600)
    serve = http_client.Serve(ctx, "--no-token", name="open")
    ctx.equal(serve.request("POST", "/mcp", INITIALIZE).status, 200, "a request without a token")
    ctx.equal(serve.request("POST", "/mcp", INITIALIZE, Host="evil").status, 403, "other hosts are refused also without tokens")
    again = ctx.fails("serve", "--listen", f"127.0.0.1:{serve.port}", code="io.in_use", says=["--listen"])
    ctx.check(str(serve.port) in again, f"the port is named: {again}")
    serve.end()
