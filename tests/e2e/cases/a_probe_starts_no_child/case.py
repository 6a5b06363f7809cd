"""server/discover and initialize are answered before any child starts; a probe by a client that goes away starts none."""


def run(ctx):
    ctx.servers(a=["tools=echo", "starts=@DIR@/starts"])
    probe = ctx.gate(name="probe")
    modern = {"_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28",
                        "io.modelcontextprotocol/clientCapabilities": {}}}
    answer = probe.request("server/discover", modern)
    ctx.check("result" in answer or "error" in answer, "an answer to the probe")
    probe.close()
    hello = ctx.gate(name="hello")
    first = hello.request("initialize", {"protocolVersion": "2026-07-28", "capabilities": {},
                                         "clientInfo": {"name": "sdk", "version": "2"}})
    ctx.equal(first["result"]["protocolVersion"], "2025-11-25", "a legacy answer never names a modern revision")
    hello.close()
    ctx.equal(ctx.lines("starts"), [], "starts after two probes")
    for version in ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"):
        both = ctx.gate(name="both-" + version)
        both.request("server/discover", modern)
        again = both.request("initialize", {"protocolVersion": version, "capabilities": {},
                                            "clientInfo": {"name": "sdk", "version": "2"}})
        ctx.equal(again["result"]["protocolVersion"], version, "the requested version")
        if version != "2025-11-25":
            both.close()
    both.notify("notifications/initialized")
    ctx.equal(both.text("a__echo"), "{}", "a call after the probe")
    both.close()
    ctx.equal(len(ctx.lines("starts")), 1, "starts")
