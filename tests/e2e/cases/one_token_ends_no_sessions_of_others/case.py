"""A session over the limit ends one of the token with the most sessions, and never one of a token with fewer."""
import json

import http_client


def run(ctx):
    ctx.write_config(json.dumps({"mcpServers": {"fs": ctx.server("fs", "tools=echo")}, "limits": {"sessions": 6},
                                 "profiles": {"all": {"policy": {"default": "allow"}}}}))
    serve = http_client.Serve(ctx)
    token = serve.new_token("ci", "all")

    def alive(session, **options):
        return serve.call(session, "fs__echo", **options).status == 200

    quiet = [serve.hello() for _ in range(2)]
    many = [serve.hello(token=token) for _ in range(20)]
    for session in quiet:
        ctx.check(alive(session), "a session of another token continues")
    ctx.equal([alive(session, token=token) for session in many[-4:]], [True] * 4, "the last sessions of the token with many")
    ctx.check(not alive(many[0], token=token), "its first session has ended")
    # The other token gets its share of the sessions, and no more.
    more = [serve.hello() for _ in range(3)]
    ctx.equal([alive(session) for session in more], [True] * 3, "new sessions of the other token")
    ctx.equal(sum(alive(session, token=token) for session in many), 3, "sessions that are left of the token with many")
    ctx.equal(sum(alive(session) for session in quiet), 0, "its own older sessions have ended")
    serve.end()
