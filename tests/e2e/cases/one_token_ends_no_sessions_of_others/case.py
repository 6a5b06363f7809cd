"""Sessions over the limit end those of the token that has the most, and never those of tokens with fewer."""
import json
import subprocess

import http_client


def run(ctx):
    ctx.write_config(json.dumps({"mcpServers": {"fs": ctx.server("fs", "tools=echo")}, "limits": {"sessions": 6},
                                 "profiles": {"all": {"policy": {"default": "allow"}}}}))
    serve = http_client.Serve(ctx)
    ctx.wait(lambda: json.loads(ctx.run("status", "--json", status=None))["processes"], "the gate can be asked")
    done = subprocess.run([ctx.callgate_path, "token", "create", "ci", "--profile", "all", "--yes"], cwd=ctx.dir, env=ctx.env,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=True)
    token = done.stdout.strip()

    def alive(session, **options):
        return serve.call(session, "fs__echo", **options).status == 200

    quiet = [serve.hello() for _ in range(2)]
    ctx.wait(lambda: serve.request("GET", "/mcp", token=token, Mcp_Session_Id="0").status == 404, "the new token lets in")
    many = [serve.hello(token=token) for _ in range(20)]
    for session in quiet:
        ctx.check(alive(session), "a session of another token goes on")
    ctx.equal([alive(session, token=token) for session in many[-4:]], [True] * 4, "the last sessions of the token with many")
    ctx.check(not alive(many[0], token=token), "its first one gave way")
    # The other token gets its share of the sessions, and no more.
    more = [serve.hello() for _ in range(3)]
    ctx.equal([alive(session) for session in more], [True] * 3, "new sessions of the other token")
    ctx.equal(sum(alive(session, token=token) for session in many), 3, "sessions that are left of the token with many")
    ctx.equal(sum(alive(session) for session in quiet), 0, "its own older sessions gave way")
    serve.end()
