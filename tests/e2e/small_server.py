"""An MCP server with one tool, for cases whose server must do something that the fake server cannot do."""
import json
import sys


def _answer(id, result):
    print(json.dumps({"jsonrpc": "2.0", "id": id, "result": result}), flush=True)


def serve(tool, call):
    """Answers requests until stdin ends. Each call of the tool is answered with the text that `call()` returns."""
    for line in sys.stdin:
        message = json.loads(line)
        method, id = message.get("method"), message.get("id")
        if method == "initialize":
            _answer(id, {"protocolVersion": message["params"]["protocolVersion"], "capabilities": {"tools": {}},
                         "serverInfo": {"name": "s", "version": "1"}})
        elif method == "tools/list":
            _answer(id, {"tools": [{"name": tool, "inputSchema": {"type": "object"}}]})
        elif method == "tools/call":
            _answer(id, {"content": [{"type": "text", "text": call()}]})
