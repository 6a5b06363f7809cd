"""Clients share one gate process and its servers. A client that the shared gate can't serve has its own gate process."""
import json
import os
import pathlib
import signal

import matching
import processes


def shared_config(ctx, **servers):
    ctx.write_config({"gateway": {"shared": "auto", "idle_exit": "1s"}, "mcpServers": servers})


def gates(ctx):
    """Returns the gate processes of the case: {pid: how it was started}."""
    return {gate["pid"]: gate["how"] for gate in json.loads(ctx.run("status", "--json", status=None) or "{}").get("processes", [])}


def run(ctx):
    shared_config(ctx, fs=ctx.server("fs", "tools=echo,hold", share="all"))
    first, second = ctx.attached(name="first", apart=True), ctx.attached(name="second", apart=True)
    for gate in (first, second):
        ctx.equal(gate.tools(), ["fs__echo", "fs__hold"], f"the tools of the {gate.name} client")
    ctx.wait(lambda: list(gates(ctx).values()) == ["shared"], lambda: f"one shared gate: {gates(ctx)}")
    (shared,) = gates(ctx)
    ctx.equal(first.text("fs__echo", {"who": "first"}), '{"who": "first"}', "an answer")
    ctx.equal(second.text("fs__echo", {"who": "second"}), '{"who": "second"}', "an answer")
    ctx.equal(len(processes.with_words(ctx.dir, ctx.fake_path, "name=fs")), 1, "processes of the server")
    ctx.equal(len({call["session"] for call in ctx.wait_history(2)}), 2, "sessions in the record")

    # The end of one client, in whatever way, leaves the others alone.
    held = first.start("tools/call", {"name": "fs__hold", "arguments": {}})
    ctx.wait_history(3, lambda call: True)
    (front,) = processes.children(first.process.pid)
    os.kill(front, signal.SIGKILL)
    first.wait(None)
    ctx.wait(lambda: ctx.history()[2]["outcome"] == "cancelled", lambda: f"the open call {held} is cancelled: {ctx.history()[2:]}")
    ctx.equal(second.text("fs__echo", {"n": 1}), '{"n": 1}', "an answer after the other client's end")

    # A client in another folder has its own child in that folder, and sees what only that child has.
    other = pathlib.Path(ctx.dir / "elsewhere")
    other.mkdir()
    shared_config(ctx, fs=ctx.server("fs", "tools=cwd"))
    ctx.run("reload")
    second.allowed.append(matching.parse('{"method": "notifications/tools/list_changed"}'))
    for folder in (ctx.dir, other):
        gate = ctx.attached(name=folder.name, command=["sh", "-c", f"cd '{folder}' && \"$0\"; exit $?", ctx.callgate_path])
        ctx.equal(gate.text("fs__cwd"), os.path.realpath(folder), "the folder of the server")
        gate.close()
    ctx.equal(gates(ctx), {shared: "shared"}, "gates")

    # Another configuration, --standalone and a profile that only the file has.
    alone = ctx.gate("--standalone", name="alone", apart=True)
    alone.hello()
    ctx.wait(lambda: sorted(gates(ctx).values()) == ["shared", "stdio"], lambda: f"gates with --standalone: {gates(ctx)}")
    alone.close()
    copy = ctx.dir / "copy.json"
    copy.write_text(ctx.config_file.read_text())
    another = ctx.gate("--config", str(copy), name="another", apart=True)
    another.hello()
    ctx.equal(another.tools(), ["fs__cwd"], "tools of a client with another configuration")
    another.told("a gate process of its own", "attach.config")
    another.close()
    second.close()
    ctx.wait(lambda: not gates(ctx), "the shared gate ends by itself")
