"""doctor says that several clients have a gate process each, but not to a user who has switched the shared gate off."""
import json


def run(ctx):
    config = {"mcpServers": {"fs": ctx.server("fs", "tools=echo")}, "gateway": {"shared": "off"}}
    ctx.write_config(config)
    gates = [ctx.gate(apart=True, name=name) for name in ("one", "two")]
    for gate in gates:
        gate.hello()
    ctx.wait(lambda: len(json.loads(ctx.run("status", "--json", status=None))["processes"]) == 2, "both gate processes answer")

    def named():
        report = json.loads(ctx.run("doctor", "--quick", "--json", status=None))
        return [each["code"] for each in report["findings"]].count("doctor.gate_each")

    ctx.equal(named(), 0, "the shared gate is off on purpose")
    ctx.write_config({**config, "gateway": {"shared": "auto"}})
    ctx.equal(named(), 1, "the clients could share a gate")
    for gate in gates:
        gate.close()
