"""The program's file is replaced while clients use it. They keep their sessions, also if their gate dies; new clients get the new program."""
import json
import os
import shutil
import signal


def run(ctx):
    ctx.write_config({"gateway": {"shared": "auto", "idle_exit": "1s"}, "mcpServers": {"a": ctx.server("a", "tools=echo", share="all")}})
    program = ctx.dir / "callgate"
    shutil.copy2(ctx.callgate_path, program)
    command = ["sh", "-c", f"'{program}'; exit $?"]

    def shared_gates():
        told = json.loads(ctx.run("status", "--json", status=None) or "{}")
        return [gate["pid"] for gate in told.get("processes", []) if gate["how"] == "shared"]

    old = ctx.attached(name="old", command=command)
    ctx.equal(old.text("a__echo", {"n": 1}), '{"n": 1}', "an answer")
    ctx.wait(lambda: len(shared_gates()) == 1, "one shared gate")
    (first,) = shared_gates()

    # As a package manager does it: the new file gets the name of the old one.
    shutil.copy2(ctx.callgate_path, ctx.dir / "new")
    os.replace(ctx.dir / "new", program)
    new = ctx.attached(name="new", command=command)
    ctx.equal(new.text("a__echo", {"n": 2}), '{"n": 2}', "an answer")
    ctx.equal(old.text("a__echo", {"n": 3}), '{"n": 3}', "an answer of the old gate")
    ctx.wait(lambda: len(shared_gates()) == 2, "a gate of each version")

    os.kill(first, signal.SIGKILL)
    ctx.equal(old.text("a__echo", {"n": 4}), '{"n": 4}', "an answer after the death of the old gate")
    ctx.wait(lambda: len(shared_gates()) == 2 and first not in shared_gates(), "another gate of the old version")
    old.close()
    new.close()
    ctx.wait(lambda: not shared_gates(), "the gates end by themselves")
