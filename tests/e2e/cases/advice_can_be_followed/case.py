"""doctor finds no fault in the demo's state, its advice can be followed, and a plan is printed before what was done, also into a pipe."""
import json
import subprocess


def both(ctx, *words, env=None):
    """Runs a command and returns its stdout and stderr from one pipe."""
    done = subprocess.run([ctx.callgate_path, *words], cwd=ctx.dir, env={**ctx.env, **(env or {})}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
    return done.stdout


def run(ctx):
    played = ctx.dir / "played"
    played.mkdir()
    ctx.run("demo", env={"TMPDIR": str(played)})
    (place,) = played.iterdir()
    demo = {"CALLGATE_CONFIG": str(place / "config/config.json"), "CALLGATE_STATE": str(place / "state")}
    said = both(ctx, "doctor", env=demo)
    ctx.check("all is well" in said, f"doctor about the demo: {said}")

    entry = {"command": "true", "args": ["--token=ghp_aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5"]}
    ctx.write_config(json.dumps({"mcpServers": {"secretive": entry}}))
    found = json.loads(ctx.run("doctor", "--quick", "--json", status=None))["findings"]
    (plain,) = [each for each in found if each["code"] == "doctor.secret_plain"]
    ctx.check("secret move" not in plain["next"] and '"env"' in plain["next"], f"advice: {plain}")

    home = ctx.dir / "home"
    (home / ".cursor").mkdir(parents=True)
    (home / ".cursor/mcp.json").write_text(json.dumps({"mcpServers": {"e": {"command": ctx.fake_path, "args": ["tools=echo"]}}}))
    said = both(ctx, "register", "cursor", "--yes", "--no-start", env={"HOME": str(home)})
    ctx.check(0 < said.find("mcp.json") < said.find(" now") and said.find("Cursor") >= 0, f"the plan is printed first: {said}")
