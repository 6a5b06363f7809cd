"""Claims are separate from observations: name and version are claimed by the client; process, folder, parents, address and token are
observed."""
import json
import os
import sys

import http_client


def shown(ctx):
    return json.loads(ctx.run("history", "show", "@last", "--json"))


def run(ctx):
    ctx.servers(fs=["tools=echo"])
    gate = ctx.gate()
    gate.hello(clientInfo={"name": "somebody", "version": "7"})
    gate.text("fs__echo", {"n": 1})

    def there():
        listed = json.loads(ctx.run("clients", "list", "--json"))["clients"][0]
        return listed if listed["live"] else None

    ctx.wait(there, "the client is listed")
    client = there()
    ctx.equal((client["client"], client["version"], client["pid"]), ("somebody", "7", os.getpid()), "the client that is listed")
    ctx.equal(client["cwd"], os.getcwd(), "the client's folder")
    gate.close()
    call = shown(ctx)
    ctx.equal(call["client"]["name"], "somebody", "the claimed name")
    seen = call["observed"]
    ctx.equal((seen["pid"], seen["exe"], seen["cwd"]), (os.getpid(), os.path.realpath(sys.executable), os.getcwd()), "the observed process")
    ctx.check(seen["parents"][0].startswith(f"{os.getppid()} "), f"the parent process is {os.getppid()}: {seen['parents']}")
    ctx.check(seen["start"] and seen["user"] and seen["peer"] is None, f"the other observations: {seen}")
    people = ctx.run("history", "show", "@last")
    ctx.check("somebody 7, as it claims" in people and "observed" in people, people)

    server = http_client.Serve(ctx)
    server.call(server.hello(), "fs__echo", {"n": 2})
    ctx.wait(lambda: shown(ctx)["args"] == {"n": 2}, "the call over HTTP is recorded")
    seen = shown(ctx)["observed"]
    ctx.check(seen["peer"].startswith("127.0.0.1:") and seen["token"] == "default" and seen["pid"] is None, f"observations over HTTP: {seen}")
    server.end()
