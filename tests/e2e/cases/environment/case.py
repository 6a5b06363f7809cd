"""A child gets the documented variables, those that env_pass names and those that env sets. A reference without a value is an error."""
import json

SECRET = "s3cret-value-of-the-test"


def run(ctx):
    (ctx.dir / "token_file").write_text(SECRET + "-file\n")
    ctx.write_config(json.dumps({"mcpServers": {
        "a": ctx.server("a", "tools=env,echo", env_pass=["E2E_PASSED"],
                        env={"PLAIN": "plain $$", "FROM_ENV": "x${env:E2E_SECRET}y", "FROM_FILE": "${file:@DIR@/token_file}",
                             "FROM_COMMAND": "${cmd:printf made-by-command}"}),
        "missing": ctx.server("missing", "tools=echo", env={"TOKEN": "${env:E2E_NO_SUCH_VARIABLE}"}),
        "fails": ctx.server("fails", "tools=echo", env={"TOKEN": "${cmd:false}"}),
        "nofile": ctx.server("nofile", "tools=echo", env={"TOKEN": "${file:/no/such/file}"})}}))
    gate = ctx.gate(env={"E2E_SECRET": SECRET, "E2E_PASSED": "passed", "E2E_HIDDEN": "hidden", "NODE_OPTIONS": "--bad",
                         "LD_LIBRARY_PATH": "/tmp/x"})
    gate.hello()
    ctx.equal(gate.tools(), ["a__echo", "a__env"][::-1], "tools")
    names = gate.text("a__env").split()
    for name in ("PATH", "HOME", "TMPDIR", "LANG", "PLAIN", "FROM_ENV", "E2E_PASSED", "CALLGATE_RUN"):
        ctx.check(name in names, f"{name} is not in {names}")
    for name in ("E2E_HIDDEN", "E2E_SECRET", "NODE_OPTIONS", "LD_LIBRARY_PATH", "CALLGATE_CONFIG", "CALLGATE_STATE"):
        ctx.check(name not in names, f"{name} is in {names}")
    for name, value in (("PLAIN", "plain $"), ("FROM_FILE", SECRET + "-file"), ("FROM_COMMAND", "made-by-command"),
                        ("E2E_PASSED", "passed")):
        ctx.equal(gate.text("a__env", {"name": name}), value, name)
    ctx.equal(gate.text("a__env", {"name": "FROM_ENV"}), f"x{SECRET}y", "the child gets the secret")
    gate.text("a__echo", {"s": f"it is x{SECRET}y"})
    gate.told("'missing'", "TOKEN", "E2E_NO_SUCH_VARIABLE", "(env.missing)", "(env.file)", "(env.command)")
    gate.close()
    ctx.check(SECRET not in gate.stderr, "the secret is on stderr")
    for path in ctx.state.rglob("*"):
        ctx.check(not path.is_file() or SECRET.encode() not in path.read_bytes(), f"the secret is in {path.name}")
