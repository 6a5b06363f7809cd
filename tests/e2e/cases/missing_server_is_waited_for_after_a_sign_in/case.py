"""A remote server that needed a sign-in delays the first list of no later gate. After the sign-in, the first list waits for it again."""
import json

from sign_in_client import Home
from sign_in_server import SignInServer


def first_tools(ctx, home, name):
    gate = ctx.gate(apart=True, env=home.env, name=name)
    gate.hello()
    tools = gate.tools()
    ctx.wait(lambda: home.state_word() == "sign-in required" or "remote__whoami" in gate.tools(), "the remote server has settled")
    gate.close()
    home.outputs += gate.stderr
    return sorted(name for name in tools if not name.startswith("callgate"))


def run(ctx):
    server = SignInServer()
    home = Home(ctx, server)
    config = json.loads(home.config.read_text())
    config["gateway"]["shared"] = "off"
    config["mcpServers"]["fs"] = ctx.server("fs", "tools=echo")
    home.config.write_text(json.dumps(config))

    def missing():
        return [file for file in (home.state / "catalog").glob("remote-*") if '"missing":true' in file.read_text()]

    for name in ("first", "second"):
        ctx.equal(first_tools(ctx, home, name), ["fs__echo"], "the first list")
        ctx.equal(len(missing()), 1, "files that say that the server is missing")
    home.auth("login", "remote")
    ctx.equal(missing(), [], "files that say that the server is missing")
    ctx.equal(first_tools(ctx, home, "third"), ["fs__echo", "remote__whoami"], "the first list")
    home.check_no_secrets()
    server.close()
