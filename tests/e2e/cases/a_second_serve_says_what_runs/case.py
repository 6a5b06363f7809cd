"""A second `callgate serve` with the same state folder says which process runs already, and where, and exits with 1."""
import json


def run(ctx):
    ctx.servers(a=["tools=echo"])
    first = ctx.gate("serve", "--listen", "127.0.0.1:0", apart=True)
    ctx.wait(lambda: json.loads(ctx.run("status", "--json", status=None))["processes"], "the first one runs")
    told = json.loads(ctx.run("status", "--json"))["processes"][0]
    ctx.fails("serve", "--listen", "127.0.0.1:0", code="serve.running", says=[str(told["pid"]), "http://127.0.0.1:", "callgate stop"])
    ctx.run("stop")
    first.wait()
