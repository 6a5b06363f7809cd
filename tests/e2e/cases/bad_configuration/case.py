"""A wrong configuration ends the start with a stable code, the place and the next step, and nothing is written to stdout."""
import json


def run(ctx):
    good = ctx.server("a", "tools=echo")

    def wrong(config, code, *says):
        ctx.write_config(config)
        ctx.fails(code=code, says=("config.json", *says))

    ctx.fails(code="config.missing", says=("config.json", "mcpServers"))
    wrong('{"mcpServers": {', "config.not_json", "config.json:1")
    wrong(json.dumps({"mcpServerz": {}}), "config.unknown_key", "mcpServerz", "mcpServers")
    wrong(json.dumps({"mcpServers": {"a": good}, "policy": {"default": "perhaps"}}), "config.value", "perhaps")
    wrong(json.dumps({"mcpServers": {"a": good}, "policy": {"deny": [{"tool": "a__*", "args": {"x": {"regex": "("}}}]}}),
          "config.pattern")
    wrong(json.dumps({"mcpServers": {"a": good}, "policy": {"deny": ["nobody__x"]}}), "config.unknown_server", "nobody")
    wrong('{"mcpServers": {}, "mcpServers": {}}', "config.duplicate_key", "mcpServers")
    ctx.config_file.unlink()
    ctx.config_file.mkdir()
    ctx.fails(code="config.unreadable", says=("config.json",))
