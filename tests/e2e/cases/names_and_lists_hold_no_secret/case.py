"""A secret that a server writes into names, descriptions or its own name reaches no file, no log and no command's output."""
import base64
import json

SHAPED = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5"
KNOWN = "kn0wn-value-of-the-test"
CODED = base64.b64encode(b"user:" + KNOWN.encode()).decode()
FORMS = [SHAPED, KNOWN, KNOWN.encode().hex(), CODED[8:-4]]


def clean(ctx, what, text):
    for form in FORMS:
        ctx.check(form not in text, f"{form} is in {what}: {text[-2000:]}")


def run(ctx):
    tools = [{"name": "plain", "description": f"log in with {KNOWN} or {SHAPED}", "inputSchema": {"type": "object"}},
             {"name": f"get_{KNOWN}", "description": CODED, "inputSchema": {"type": "object"}},
             {"name": "odd", "title": 5, "description": KNOWN.encode().hex(), "inputSchema": {"type": "object", "properties": {KNOWN: 5}}}]
    (ctx.dir / "list").write_text(json.dumps({"tools": tools}))
    ctx.write_config(json.dumps({"mcpServers": {"a": ctx.server(
        "a", f"name={KNOWN} {SHAPED}", "tools-file=@DIR@/list", f"instructions=use {KNOWN}", "noise",
        f"stderr=started with {KNOWN} and {CODED}", env={"TOKEN": "${env:E2E_VALUE}"})}}))
    ctx.env["E2E_VALUE"] = KNOWN
    gate = ctx.gate("--verbose", apart=True)
    gate.hello()
    names = gate.tools()
    ctx.check(any(KNOWN in name for name in names), f"clients see the server's own names: {names}")
    for name in [*names, f"nobody_{SHAPED}"]:
        gate.call(name)
    ctx.wait_history(4)
    for command in (["status"], ["servers"], ["servers", "show", "a"], ["servers", "logs", "a"], ["history"],
                    ["history", "sql", "select * from servers"]):
        for form in ([], ["--json"]):
            clean(ctx, " ".join(command + form), ctx.run(*command, *form))
    gate.close()
    clean(ctx, "the log", gate.stderr)
    for command in (["tools"], ["tools", "show", "a__plain"], ["tools", "show", "a__odd"], ["doctor"], ["doctor", "--quick"]):
        for form in ([], ["--json"]):
            clean(ctx, " ".join(command + form), ctx.run(*command, *form, status=None))
    for path in ctx.state.rglob("*"):
        if path.is_file():
            clean(ctx, path.name, path.read_bytes().decode("latin-1"))
    ctx.check(any(path.stat().st_size for path in (ctx.state / "catalog").iterdir()), "lists are saved")
