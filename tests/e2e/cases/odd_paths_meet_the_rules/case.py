"""Rules also apply to paths that servers read in another way than the kernel: relative to another folder, in JSON, through /proc, in texts."""
import json


def run(ctx):
    (ctx.dir / "projects").mkdir()
    (ctx.dir / "secret").mkdir()
    server = ctx.server("a", "tools=read:echo,move_file:echo,run:echo", "journal=@DIR@/journal")
    server["env"] = {"ALLOWED_FOLDER": str(ctx.dir)}
    server["cwd"] = str(ctx.dir / "projects")
    named = {"tool": "a__*", "args": {"path": {"outside": [str(ctx.dir / "projects")]}}}
    every = {"tool": "a__*", "args": {"*": {"inside": [str(ctx.dir / "secret"), str(ctx.dir / "later")]}}}
    ctx.write_config(json.dumps({"mcpServers": {"a": server}, "policy": {"deny": [named, every]}}))
    gate = ctx.gate()
    gate.hello()
    gate.tools()
    (ctx.dir / "real").mkdir()
    (ctx.dir / "later").symlink_to(ctx.dir / "real")
    state = ctx.state.name
    denied = (("read", {"path": "secret/key"}), ("read", {"path": "../secret/key"}),
              ("read", {"path": "/proc/self/cwd/x"}), ("read", {"source": "/proc/self/cwd/x"}),
              ("read", {"anything": [f"{ctx.dir}/secret/key"]}), ("read", {"x": f"{ctx.dir}/real/key"}),
              ("read", {"paths": json.dumps([f"{ctx.dir}/secret/key"])}),
              ("read", {"x": f"{state}/callgate.db"}), ("read", {"x": f"sqlite:///{ctx.state}/callgate.db"}),
              ("read", {"x": f"{ctx.state}/x\u0001"}), ("read", {"x": "/." * 2100 + f"{ctx.state}/callgate.db"}),
              ("read", {"sql": f"attach '{ctx.state}/callgate.db' as x"}),
              ("move_file", {"source": str(ctx.dir), "destination": "/tmp/elsewhere"}),
              ("run", {"command": f"mv {ctx.dir} /tmp/elsewhere"}))
    for tool, arguments in denied:
        answer = gate.call("a__" + tool, arguments)
        ctx.check(answer.get("result", {}).get("isError") is True, f"{tool} {arguments} was not denied: {answer}")
    allowed = (("read", {"path": f"{ctx.dir}/projects/a", "content": "and/or\n/* x */"}), ("read", {"where": "a/b"}),
               ("run", {"cwd": str(ctx.dir), "command": "ls"}), ("read", {"x": "/proc/meminfo"}))
    for tool, arguments in allowed:
        ctx.equal(json.loads(gate.text("a__" + tool, arguments)), arguments, "an allowed call")
    gate.close()
    ctx.equal(len(ctx.lines("journal")), len(allowed), "calls that reached the server")
