"""A profile chooses the account of a remote server. Clients with two profiles use one shared gate at the same time, and the server gets from
each only the token of its own account: also after a reload that changes a choice, after the shared gate was killed, and over HTTP."""
import json
import os
import signal

import http_client
from sign_in_client import Home
from sign_in_server import SignInServer

LIST_CHANGED = {"jsonrpc": "2.0", "method": "notifications/tools/list_changed"}


class World:
    def __init__(self, ctx):
        self.ctx, self.server = ctx, SignInServer()
        self.home = Home(ctx, self.server)
        self.entry = json.loads(self.home.config.read_text())["mcpServers"]["remote"]
        self.entry["accounts"] = {"work": {}, "home": {}}
        self.home.state, self.home.dir = ctx.state, ctx.dir
        self.home.env.update(CALLGATE_CONFIG=str(ctx.config_file), CALLGATE_STATE=str(ctx.state))
        self.write(w="work", h="home")
        for account in ("work", "home"):
            before = set(self.server.access)
            self.home.auth("login", "remote", "--account", account)
            for token in set(self.server.access) - before:
                self.server.access[token]["user"] = account

    def write(self, **choices):
        profiles = {name: {"accounts": {"remote": account}} for name, account in choices.items()}
        self.ctx.write_config({"gateway": {"shared": "auto", "idle_exit": "1s"}, "mcpServers": {"remote": self.entry},
                               "policy": {"deny": [{"tool": "remote__whoareyou", "account": "home"}]},
                               "profiles": {**profiles, "none": {}}})

    def accounts_of(self, who):
        """The accounts whose tokens came with the calls of this client."""
        with self.server.lock:
            calls = [(body["params"]["arguments"].get("who"), fields["Authorization"]) for method, path, body, fields in self.server.seen
                     if method == "POST" and path == "/mcp" and body.get("method") == "tools/call"]
            return {self.server.access[field.removeprefix("Bearer ")]["user"] for caller, field in calls if caller == who}


def whoami(gate, who):
    return gate.text("remote__whoami", {"who": who})


def crafted_names(ctx, world, gate):
    """No name leads to the other account."""
    before = len(world.server.seen)
    for name in ("remote@work__whoami", "remote__whoami@work", "work__whoami", "remote__work__whoami"):
        answer = gate.call(name, {"who": "h"})
        ctx.check("error" in answer or answer["result"].get("isError"), f"{name} was not refused: {answer}")
    ctx.equal(len(world.server.seen), before, "requests to the server")


def commands(ctx):
    calls = {(call["profile"], call["account"]) for call in ctx.history("--account", "*", "--outcome", "ok")}
    ctx.equal(calls, {("w", "work"), ("h", "home")}, "the recorded accounts")
    rows = {server["account"] for each in json.loads(ctx.run("status", "--json"))["processes"] for server in each["servers"]
            if server["name"] == "remote" and server["state"] == "ready"}
    ctx.equal(rows, {"work", "home"}, "the accounts of the status")
    # The rule in the configuration denies a tool to the account "home".
    ctx.run("policy", "explain", "remote__whoareyou", "--profile", "h", status=4)
    for words in (["--profile", "w"], ["--profile", "none"], ["--profile", "h", "--account", "work"]):
        ctx.run("policy", "explain", "remote__whoareyou", *words)
    for profile in ("w", "h"):
        ctx.check("remote__whoami" in ctx.run("tools", "list", "--profile", profile), f"the tools of profile {profile}")


def shared_gate(ctx):
    told = json.loads(ctx.run("status", "--json"))["processes"]
    (pid,) = [gate["pid"] for gate in told if gate["how"] == "shared"]
    return pid


def over_http(ctx, world):
    serve = http_client.Serve(ctx)
    for name, profile, account in (("t1", "w", "work"), ("t2", "h", "home")):
        token = serve.new_token(name, profile)
        session = serve.hello(token=token)
        answer = serve.call(session, "remote__whoami", {"who": name}, token=token).answer
        ctx.equal(answer["result"]["content"][0]["text"], f"you are {account}", f"the account over HTTP of {profile}")
        ctx.equal(world.accounts_of(name), {account}, f"the tokens that the server got from {profile}")
    serve.end()


def run(ctx):
    world = World(ctx)
    gates = {profile: ctx.attached("--profile", profile, name=profile, apart=True) for profile in ("w", "h")}
    for gate in gates.values():
        gate.allowed.append(LIST_CHANGED)
        ctx.wait(lambda: gate.tools() == ["remote__whoami"], lambda: f"the tools: {gate.tools()}")
    for _ in range(3):
        ctx.equal([whoami(gate, who) for who, gate in gates.items()], ["you are work", "you are home"], "the accounts")
    ctx.equal((world.accounts_of("w"), world.accounts_of("h")), ({"work"}, {"home"}), "the tokens that the server got")
    crafted_names(ctx, world, gates["h"])
    commands(ctx)

    # The shared gate is killed, and each client goes on with its own account.
    os.kill(shared_gate(ctx), signal.SIGKILL)
    ctx.equal([whoami(gate, who) for who, gate in gates.items()], ["you are work", "you are home"], "the accounts after the kill")
    ctx.equal((world.accounts_of("w"), world.accounts_of("h")), ({"work"}, {"home"}), "the tokens after the kill")

    # A bad choice is refused, and the earlier choice stays in effect.
    world.write(w="work", h="hme")
    ctx.fails("--profile", "h", code="config.unknown_account", says=['server "remote" has no account "hme"', 'did you mean "home"?'])
    ctx.equal(whoami(gates["h"], "h"), "you are home", "the account while the file is wrong")

    # A changed choice moves the clients of this profile only.
    world.write(w="work", h="work")
    ctx.run("reload")
    ctx.equal([whoami(gate, "moved") for gate in gates.values()], ["you are work", "you are work"], "the accounts after the reload")
    ctx.equal((world.accounts_of("w"), world.accounts_of("h"), world.accounts_of("moved")), ({"work"}, {"home"}, {"work"}),
              "the tokens after the reload")
    for gate in gates.values():
        gate.close()
    world.write(w="work", h="home")
    over_http(ctx, world)
    world.home.check_no_secrets()
    world.server.close()
