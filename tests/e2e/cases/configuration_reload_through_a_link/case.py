"""If the configuration is a link, changes of its target are detected, also after it leads to another file. If it is gone, nothing changes."""
import json
import os


def run(ctx):
    def write(place, *servers):
        path = ctx.dir / place
        path.mkdir(exist_ok=True)
        (path / "real.json").write_text(ctx.fill(json.dumps({"gateway": ctx.gateway, "mcpServers": {name: ctx.server(name, "tools=echo") for name in servers}})))
        return path / "real.json"

    def lead_to(file):
        link = ctx.dir / "fresh"
        os.symlink(file, link)
        os.replace(link, ctx.config_file)

    def waits(*names):
        def look():
            processes = json.loads(ctx.run("status", "--json", status=None))["processes"]
            return processes and processes[0]["waiting_servers"] == list(names)
        return look

    def reloaded(*names):
        ctx.run("reload", "--yes")
        ctx.equal(gate.tools(), [f"{name}__echo" for name in names], "after a reload")

    lead_to(write("one", "a"))
    gate = ctx.gate(apart=True)
    gate.allowed.append({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"})
    gate.hello()
    ctx.equal(gate.tools(), ["a__echo"], "tools of the first file")
    ctx.wait(lambda: json.loads(ctx.run("status", "--json", status=None))["processes"], "the gate watches the file")
    write("one", "a", "b")
    ctx.wait(waits("b"), "the link's target has changed")
    reloaded("a", "b")
    lead_to(write("two", "c"))
    ctx.wait(waits("c"), "the link leads to another file")
    reloaded("c")
    write("two", "c", "d")
    ctx.wait(waits("d"), "the other file has changed")
    reloaded("c", "d")
    ctx.config_file.unlink()
    ctx.wait(lambda: "config.missing" in gate.stderr, "the log says that the file is missing")
    ctx.equal(gate.tools(), ["c__echo", "d__echo"], "tools while the file is missing")
    lead_to(write("one", "e"))
    ctx.wait(waits("e"), "the file is back")
    reloaded("e")
    gate.close()
