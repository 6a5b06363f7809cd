"""A secret reaches its server and nothing else. A new value restarts that server, and only that one."""
import json
import subprocess

FIRST, SECOND = "f1rst-value-of-the-test", "s3cond-value-of-the-test"


def secret(ctx, *words, value=""):
    done = subprocess.run([ctx.callgate_path, "secret", *words], cwd=ctx.dir, env=ctx.env, input=value, text=True,
                          capture_output=True, timeout=60, check=False)
    for out in (done.stdout, done.stderr):
        ctx.check(FIRST not in out and SECOND not in out, f"a value is printed by secret {words}: {out}")
    ctx.equal(done.returncode, 0, f"secret {words}: {done.stderr}")
    return done.stdout


def pids(ctx):
    ctx.wait(lambda: json.loads(ctx.run("servers", "--json", status=None))["servers"], "the gate answers")
    listed = json.loads(ctx.run("servers", "--json"))["servers"]
    return {server["name"]: server["pid"] for server in listed}


def run(ctx):
    ctx.write_config(json.dumps({"mcpServers": {
        "a": ctx.server("a", "tools=env,echo", env={"TOKEN": "Bearer ${secret:tok}"}),
        "b": ctx.server("b", "tools=echo"),
        "missing": ctx.server("missing", "tools=echo", env={"TOKEN": "${secret:no.such}"})}}))
    secret(ctx, "set", "tok", "--in", "file", value=FIRST + "\n")
    gate = ctx.gate(apart=True)
    gate.allowed.append({"method": "notifications/tools/list_changed"})
    gate.hello()
    gate.tools()
    ctx.equal(gate.text("a__env", {"name": "TOKEN"}), "Bearer " + FIRST, "the server has the secret")
    gate.text("a__echo", {"s": f"it is {FIRST}"})
    before = pids(ctx)
    secret(ctx, "set", "tok", "--in", "file", value=SECOND)

    def renewed():
        return gate.text("a__env", {"name": "TOKEN"}) == "Bearer " + SECOND

    ctx.wait(renewed, "the server has the new value")
    gate.text("a__echo", {"s": f"it is {SECOND}"})
    after = pids(ctx)
    ctx.check(before["a"] != after["a"], f"a has restarted: {before} {after}")
    ctx.equal(after["b"], before["b"], "b has not restarted")
    listed = json.loads(secret(ctx, "list", "--json"))["secrets"]
    ctx.equal([(each["name"], each["in"], each["servers"]) for each in listed],
              [("no.such", None, ["missing"]), ("tok", "file", ["a"])], "the list of secrets")
    secret(ctx, "set", "no.such", "--in", "file", value="x")
    ctx.wait(lambda: "missing__echo" in gate.tools(), "a server that waited for its secret starts when the secret is set")
    told = ctx.run("status", "--json") + ctx.run("servers", "--json") + ctx.run("history", "--json")
    gate.told("'missing'", "${secret:no.such}", "(secret.missing)", "callgate secret set no.such")
    gate.close()
    for value in (FIRST, SECOND):
        ctx.check(value not in gate.stderr + told, "a value was printed")
        for path in ctx.state.rglob("*"):
            kept = path.is_file() and value.encode() in path.read_bytes()
            ctx.check(not kept or path.name == "secrets", f"a value is in {path.name}")
    secret(ctx, "remove", "tok")
    ctx.check(SECOND not in (ctx.state / "secrets").read_text(), "the removed secret is gone from the file")
