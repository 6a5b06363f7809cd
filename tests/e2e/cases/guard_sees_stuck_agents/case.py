"""An agent that guesses gets advice, and the next gate with the same record knows its dead ends. If configured, a finding blocks calls
until a person clears it."""
import json


def config(ctx, **guard):
    ctx.write_config({"mcpServers": {"fs": ctx.server("fs", "tools=read_file:verbatim,check_run:echo",
                                                      "verbatim=@DIR@/result.json", "journal=@DIR@/journal")},
                      "guard": guard})


def texts(answer):
    return [each["text"] for each in answer["result"]["content"]]


def read(gate, path):
    return gate.call("fs__read_file", {"path": path})


def run(ctx):
    missing = "Error: ENOENT: no such file or directory"
    (ctx.dir / "result.json").write_text(json.dumps({"content": [{"type": "text", "text": missing}], "isError": True}))
    config(ctx)
    one = ctx.gate(name="one")
    one.hello()
    advised = []
    for i in range(9):
        said = texts(read(one, f"/src/helper_{'abcdefghi'[i]}.ts"))
        ctx.equal(said[0], missing, "the server's text is unchanged")
        ctx.check(len(said) <= 2, f"at most one text is added: {said}")
        advised += said[1:]
    ctx.check(advised and "different new calls of read_file failed" in advised[0] and "Calls: 1-1 1-2" in advised[0],
              f"advice: {advised}")
    calls = ctx.wait_history(9)
    shown = ctx.run("history", "show", calls[0]["id"])
    ctx.check("read_file" in shown and "Callgate detected" not in shown, f"the record has the server's text without the advice: {shown}")
    one.close()

    # In another gate process, another session of the same client gets advice at its first try.
    two = ctx.gate(name="two")
    two.hello()
    said = texts(read(two, "/src/helper_a.ts"))
    ctx.check(len(said) == 2 and "1 earlier session" in said[1], f"advice at the first try: {said}")
    two.close()

    # If configured, a call to a known dead end is denied and does not reach the server.
    config(ctx, ladder=["advise", "block"], dead_ends={"known": "block"})
    # A shell starts the gate, so that this process is not the client: commands that widen rights are refused below a client.
    three = ctx.gate(command=["sh", "-c", f"{ctx.callgate_path}; exit $?"], name="three")
    three.hello()
    seen = len(ctx.lines("journal"))
    answer = read(three, "/src/helper_a.ts")
    ctx.check(answer["result"]["isError"] and "it was not made" in texts(answer)[0], f"a call to a known dead end is denied: {answer}")
    ctx.equal(len(ctx.lines("journal")), seen, "calls that reached the server")
    last = ctx.wait_history(11)[-1]
    ctx.equal((last["outcome"], last["decision"], last["rule"]), ("denied", "deny", "guard dead-end"), "the denied call in the record")

    # A finding blocks until a person clears it.
    for _ in range(5):
        three.call("fs__check_run", {"run": 7})
    blocked = texts(three.call("fs__check_run", {"run": 7}))
    lifts = blocked[0].partition("`callgate findings clear ")[2].partition("`")[0]
    ctx.check("guard repeated-call" in blocked[0] and lifts, f"blocked: {blocked}")
    ctx.run("findings", "clear", lifts, "--yes")
    ctx.equal(texts(three.call("fs__check_run", {"run": 7})), ['{"run": 7}'], "a call after the finding was cleared")
    three.close()
