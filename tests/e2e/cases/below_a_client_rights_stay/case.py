"""No command below a client changes rights, whatever its environment is and however it is started. `callgate call` and gates below
a client have that client's rights."""
import json
import socket
import subprocess
import sys

from terminal import on_terminal

CHANGING = [["clients", "pause", "e2e"], ["clients", "revoke", "e2e"], ["clients", "resume", "e2e", "--yes"], ["config", "init"],
            ["findings", "clear", "@last", "--yes"], ["history", "prune", "--older-than", "1d"], ["import", "cursor", "--yes"],
            ["register", "cursor", "--yes"], ["unregister", "cursor", "--yes"], ["reload"], ["secret", "set", "x"], ["secret", "remove", "x"],
            ["secret", "move", "--yes"], ["serve", "--listen", "127.0.0.1:0"], ["servers", "disable", "a"],
            ["servers", "enable", "b", "--yes"], ["servers", "restart", "a"], ["stop", "--all"],
            ["token", "create", "t", "--profile", "narrow", "--yes"], ["token", "revoke", "default"]]


def command(ctx, *words, env=None, before=()):
    done = subprocess.run([*before, ctx.callgate_path, *words], cwd=ctx.dir, env={**ctx.env, **(env or {})},
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


def refused(ctx, *words, code="rights.refused", status=4, **how):
    ended, out, err = command(ctx, *words, **how)
    ctx.check(ended == status and f"({code})" in err and not out, f"{words} {how}: {ended} {out} {err}")


def asked(ctx, request):
    [path] = (ctx.state / "run").glob("*.sock")
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(60)
        connection.connect(str(path))
        connection.sendall(json.dumps(request).encode() + b"\n")
        return json.loads(connection.makefile().readline())


def detached_call(ctx):
    """A `callgate call` in its own process session, adopted by init, has no rights."""
    log = ctx.dir / "detached call"
    subprocess.run(["sh", "-c", f'(setsid sh -c \'sleep 0.2; "{ctx.callgate_path}" call a__evil; echo exit-status=$?\' >"{log}" 2>&1 &)'],
                   cwd=ctx.dir, env=ctx.env, check=True)
    ctx.wait(lambda: log.exists() and "exit-status=" in log.read_text(), "the detached call ends")
    ctx.check("exit-status=4" in log.read_text() and "(caller.unknown)" in log.read_text(), log.read_text())


def run(ctx):
    servers = {"a": ctx.server("a", "tools=echo,evil:echo", "journal=@DIR@/journal"), "b": ctx.server("b", "tools=echo", disabled=True)}
    ctx.write_config({"mcpServers": servers, "profiles": {"narrow": {"policy": {"deny": ["a__evil"]}}, "other": {}}})
    ctx.run("call", "a__evil", '{"n": 1}')  # a call by the person
    gate = ctx.gate("--profile", "narrow")  # this process is its client
    gate.hello()
    gate.tools()
    ctx.wait(lambda: json.loads(ctx.run("clients", "--json"))["clients"][0]["live"], "the client is listed")
    before = ctx.config_file.read_bytes()
    for words in CHANGING:
        refused(ctx, *words)
    for env in ({"CALLGATE_STATE": str(ctx.dir / "else")}, {"CALLGATE_STATE": str(ctx.dir / "else"), "HOME": "/", "XDG_STATE_HOME": "/none"}):
        refused(ctx, "servers", "disable", "a", env=env)
        refused(ctx, "call", "a__evil", env=env, code="caller.unknown")
    (ctx.dir / "else.json").write_text(json.dumps({"mcpServers": servers}).replace("@DIR@", str(ctx.dir)))
    elsewhere = ["--config", str(ctx.dir / "else.json")]
    refused(ctx, *elsewhere, "call", "a__evil", code="caller.elsewhere")
    refused(ctx, *elsewhere, "tools", code="caller.elsewhere", status=1)

    # The gate's socket refuses the same requests without a command.
    for ask in ("reload", "stop", "restart"):
        told = asked(ctx, {"ask": ask, "server": "a"})
        ctx.equal(told.get("error", {}).get("code"), "rights.refused", f"the socket, asked to {ask}: {told}")
    ctx.check("ok" in asked(ctx, {"ask": "status"}), "the status may be read")

    # The command is refused in a terminal that the client has opened, and as a background job that init has adopted.
    status, shown = on_terminal([ctx.callgate_path, "servers", "disable", "a"], ctx.env, ctx.dir)
    ctx.check(status == 4 and "rights.refused" in shown, f"in a terminal of the client's: {status} {shown}")
    log = ctx.dir / "detached"
    subprocess.run(["sh", "-c", f'("{ctx.callgate_path}" servers disable a; echo exit-status=$?) >"{log}" 2>&1 &'], cwd=ctx.dir, env=ctx.env, check=True)
    ctx.wait(lambda: log.exists() and "exit-status=" in log.read_text(), "the background job ends")
    ctx.check("exit-status=4" in log.read_text(), log.read_text())
    ctx.equal(ctx.config_file.read_bytes(), before, "the configuration")

    if sys.platform == "linux":  # on other systems, a process adopted by init cannot be recognised
        detached_call(ctx)

    # A `callgate call` below the client counts as the client's: its profile and its pauses apply.
    ctx.equal(command(ctx, "call", "a__echo", '{"n": 2}')[0], 0, "a call that the client's profile allows")
    status, _, err = command(ctx, "call", "a__evil", '{"n": 3}')
    ctx.check(status == 4 and "a__evil" in err, f"a call that the client's profile denies: {status} {err}")
    calls = ctx.history()
    ctx.equal([(call["client"]["name"], call["profile"], call["outcome"]) for call in calls],
              [("callgate", None, "ok"), ("e2e", "narrow", "ok"), ("e2e", "narrow", "denied")], "the record")

    # A gate that the client's shell or an agent's agent starts has no more rights than the client.
    inner = ctx.gate(apart=True, name="inner")
    inner.hello(clientInfo={"name": "zed", "version": "1"})
    ctx.equal(inner.call("a__evil", {"n": 4})["result"]["isError"], True, "a gate below the client")
    inner.told("narrow")
    inner.close()
    wider = ctx.gate("--profile", "other", apart=True, name="wider")
    ctx.check("error" not in wider.request("initialize", {"protocolVersion": "2025-11-25", "capabilities": {},
                                                          "clientInfo": {"name": "zed", "version": "1"}}), "it starts")
    ctx.equal(wider.call("a__evil", {"n": 5})["result"]["isError"], True, "another profile")
    wider.close()
    gate.close()
    ctx.equal([line.split("\t")[2] for line in ctx.lines("journal")], ['{"n":1}', '{"n":2}'], "calls that reached the server")

