"""A second gate answers tools/list from the lists that the first has saved, while its server still starts."""
import json
import shlex


def run(ctx):
    ctx.gateway["shared"] = "off"  # the case is about the starts of gate processes
    server = ctx.server("a", "tools=echo")
    words = " ".join(shlex.quote(ctx.fill(word)) for word in [server["command"], *server["args"]])
    delay = ctx.dir / "delay"
    delay.write_text("0")
    ctx.write_config({"mcpServers": {"a": {"command": "sh", "args": ["-c", f"sleep $(cat {shlex.quote(str(delay))}); exec {words}"]}}})
    catalog = ctx.state / "catalog"

    first = ctx.gate(name="first")
    first.hello()
    ctx.equal(first.tools(), ["a__echo"], "tools of the first start")
    ctx.wait(lambda: list(catalog.glob("a-*.json")), "the lists are saved")
    first.close()
    file, = catalog.iterdir()
    ctx.equal([oct(path.stat().st_mode & 0o777) for path in (catalog, file)], ["0o700", "0o600"], "modes")
    kept = file.read_text()

    delay.write_text("600")  # a list that waits for this server ends without its tools
    second = ctx.gate(name="second")
    second.hello()
    ctx.equal(second.tools(), ["a__echo"], "tools of the second start")
    second.close()

    delay.write_text("0")
    file.write_text("rubbish")
    third = ctx.gate(name="third")
    third.hello()
    ctx.equal(third.tools(), ["a__echo"], "tools of the third start")
    ctx.equal(third.text("a__echo", {"n": 1}), '{"n": 1}', "a call")
    ctx.wait(lambda: file.read_text() == kept, "a damaged file is replaced")
    third.close()
    ctx.check("ignores the data" in third.stderr, third.stderr)
    ctx.equal(json.loads(kept.splitlines()[1])["tools"][0]["name"], "echo", "the tools that are saved")
