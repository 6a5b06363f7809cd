"""Each server runs in its cwd, or in the gate's folder if it has none. In cwd, ~ is expanded."""
import json


def run(ctx):
    (ctx.dir / "project").mkdir()
    (ctx.dir / "home" / "mine").mkdir()
    ctx.write_config(json.dumps({"mcpServers": {
        "ours": ctx.server("ours", "tools=cwd"), "own": ctx.server("own", "tools=cwd", cwd=str(ctx.dir / "project")),
        "home": ctx.server("home", "tools=cwd", cwd="~/mine")}}))
    gate = ctx.gate()
    gate.hello()
    ctx.equal(gate.text("ours__cwd"), str(ctx.dir), "ours")
    ctx.equal(gate.text("own__cwd"), str(ctx.dir / "project"), "cwd")
    ctx.equal(gate.text("home__cwd"), str(ctx.dir / "home" / "mine"), "~")
    gate.close()
