"""Secrets in arguments, results and errors are masked before they are recorded. Escape sequences never reach a terminal unescaped."""
import json

TOKEN = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5"
KEY = "-----BEGIN RSA PRIVATE KEY-----\\nMIIEowIBAAKCAQEAx7yZ9bC1dE3fG5aB3dE5gH7jK9mN1pQ3sT5v\\n-----END RSA PRIVATE KEY-----"


def run(ctx):
    ctx.servers(a=["tools=echo,verbatim,mirror", "verbatim=@DIR@/result", f"stderr=token {TOKEN}"])
    gate = ctx.gate()
    gate.hello()
    gate.tools()
    ctx.check(TOKEN in gate.text("a__echo", {"auth": f"Bearer {TOKEN}"}), "messages are not masked by default")
    (ctx.dir / "result").write_text('{"content":[{"type":"text","text":"key %s and \\u001b[31mred\\u001b]0;title\\u0007"}]}' % KEY)
    gate.call("a__verbatim", {"\x1b[2Jkey": "\x1b[31mvalue\x07"})
    gate.call("a__echo", {"url": "https://user:hunter2-and-more@example.com/x"})
    gate.close()
    calls = ctx.history()
    ctx.check(calls[0]["masked"] >= 2, f"masked: {calls[0]}")
    shown = ctx.run("history", "show", calls[0]["id"], "--json")
    ctx.check("[masked:" in shown and TOKEN not in shown, shown)
    for path in ctx.state.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            for secret in (TOKEN.encode(), b"MIIEowIBAAKCAQEA", b"hunter2"):
                ctx.check(secret not in data, f"{secret!r} is in {path.name}")
    for command in (["history"], ["history", "show", calls[1]["id"]]):
        text = ctx.run(*command, "--color", "never")
        ctx.check("\x1b" not in text and "\x07" not in text, f"{command}: {text!r}")
    json.loads(ctx.run("history", "show", calls[1]["id"], "--json"))
