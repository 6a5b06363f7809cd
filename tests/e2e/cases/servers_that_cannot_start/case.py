"""A server that cannot be started fails at once and with the reason, and others are not affected."""
import json


def run(ctx):
    plain = ctx.dir / "no_program"
    plain.write_text("not executable")
    bad = ctx.dir / "bad_interpreter"
    bad.write_text("#!/no/such/interpreter\n")
    bad.chmod(0o755)
    ctx.write_config(json.dumps({"mcpServers": {
        "absent": {"command": "no-such-command-anywhere"},
        "absent_path": {"command": str(ctx.dir / "nothing")},
        "plain": {"command": str(plain)},
        "folder": {"command": str(ctx.dir)},
        "interpreter": {"command": str(bad)},
        "cwd": ctx.server("cwd", cwd=str(ctx.dir / "no_folder")),
        "good": ctx.server("good", "tools=echo")}}))
    gate = ctx.gate()
    gate.hello()
    ctx.equal(gate.tools(), ["good__echo"], "tools")
    ctx.equal(gate.text("good__echo"), "{}", "the good server")
    gate.told("'absent'", "'absent_path'", "'plain'", "'folder'", "'interpreter'", "'cwd'",
              "no-such-command-anywhere", "(child.")
    gate.close()
