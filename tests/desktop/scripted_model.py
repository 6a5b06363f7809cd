"""A model that calls the tools of a script one after the other, over the four protocols that clients use."""
import http.server
import json
import threading


class ScriptedModel:
    """The calls of `start(calls)` are (server, tool). `offered` has the names that the client offered, `results` the results of the calls, and
    `heard` every request as text."""

    def __init__(self):
        self.calls, self.offered, self.results, self.heard = [], set(), [], []
        model = self

        class Handler(Answering):
            script = model

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def start(self, calls):
        self.calls, self.offered, self.results, self.heard = calls, set(), [], []

    def next_call(self, names, results):
        """Returns the name of the next tool to call, or None at the end of the script. Names that are not offered are called, too."""
        self.offered.update(names)
        if len(results) > len(self.results):
            self.results = results
        if not names or len(results) >= len(self.calls):
            return None
        prefix, tool = self.calls[len(results)]
        offered = [name for name in names if name.endswith(tool)]
        if offered:
            return offered[0]
        near = [name for name in names if prefix in name and name.endswith("_note")]
        return near[0].replace("read_note", tool) if near else f"mcp__{prefix}__{tool}"


class Answering(http.server.BaseHTTPRequestHandler):
    script = None
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.send(b"")

    def do_GET(self):
        self.send(b'{"data":[],"models":[]}')

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}"
        self.script.heard.append(body.decode("utf-8", "replace"))
        asked = json.loads(body)
        path = self.path.split("?")[0]
        if path.endswith("/messages"):
            self.anthropic(asked)
        elif path.endswith("/responses"):
            self.openai(asked)
        elif path.endswith("/chat/completions"):
            self.completions(asked)
        elif "enerateContent" in path:
            self.gemini(asked, path)
        elif path.endswith("count_tokens"):
            self.send(b'{"input_tokens":1}')
        else:
            self.send(b"{}")

    def send(self, body, kind="application/json"):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def events(self, events, named=False):
        out = ""
        for event in events:
            if named:
                out += f"event: {event['type']}\n"
            out += f"data: {event if isinstance(event, str) else json.dumps(event)}\n\n"
        self.send(out.encode(), "text/event-stream")

    def anthropic(self, asked):
        results = [block for message in asked["messages"] if isinstance(message["content"], list) for block in message["content"]
                   if block["type"] == "tool_result"]
        name = self.script.next_call([tool["name"] for tool in asked.get("tools", [])], [str(each.get("content")) for each in results])
        block = {"type": "tool_use", "id": f"toolu_{len(results)}", "name": name, "input": {}} if name else {"type": "text", "text": ""}
        delta = {"type": "input_json_delta", "partial_json": "{}"} if name else {"type": "text_delta", "text": "done"}
        stop = "tool_use" if name else "end_turn"
        message = {"id": "m", "type": "message", "role": "assistant", "model": asked.get("model"), "content": [], "stop_reason": None,
                   "stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 1}}
        if not asked.get("stream"):
            whole = block if name else {"type": "text", "text": "done"}
            return self.send(json.dumps({**message, "content": [whole], "stop_reason": stop}).encode())
        return self.events([{"type": "message_start", "message": message}, {"type": "content_block_start", "index": 0, "content_block": block},
                            {"type": "content_block_delta", "index": 0, "delta": delta}, {"type": "content_block_stop", "index": 0},
                            {"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": None}, "usage": {"output_tokens": 1}},
                            {"type": "message_stop"}], named=True)

    def openai(self, asked):
        results = [item for item in asked["input"] if item.get("type") == "function_call_output"]
        spaces = {}
        for tool in asked.get("tools", []):
            for inner in tool.get("tools", []):
                spaces[tool["name"] + inner["name"]] = (tool["name"], inner["name"])
            if tool.get("name") and "tools" not in tool:
                spaces[tool["name"]] = (None, tool["name"])
        name = self.script.next_call(list(spaces), [str(each.get("output")) for each in results])
        if name:
            space = next((s for s, _ in spaces.values() if s and name.startswith(s)), None)
            item = {"type": "function_call", "id": f"f{len(results)}", "call_id": f"c{len(results)}", "arguments": "{}",
                    "name": name[len(space):] if space else name, **({"namespace": space} if space else {})}
        else:
            item = {"type": "message", "id": "m", "role": "assistant", "content": [{"type": "output_text", "text": "done", "annotations": []}]}
        usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2, "input_tokens_details": None, "output_tokens_details": None}
        self.events([{"type": "response.created", "response": {"id": "r"}},
                     {"type": "response.output_item.done", "output_index": 0, "item": item},
                     {"type": "response.completed", "response": {"id": "r", "output": [item], "usage": usage}}], named=True)

    def completions(self, asked):
        results = [message for message in asked["messages"] if message["role"] == "tool"]
        name = self.script.next_call([tool["function"]["name"] for tool in asked.get("tools", [])],
                                     [str(each.get("content")) for each in results])
        call = {"index": 0, "id": f"c{len(results)}", "type": "function", "function": {"name": name, "arguments": "{}"}}
        delta = {"role": "assistant", "tool_calls": [call]} if name else {"role": "assistant", "content": "done"}

        def chunk(delta, end=None):
            return {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m",
                    "choices": [{"index": 0, "delta": delta, "finish_reason": end}]}
        self.events([chunk(delta), chunk({}, "tool_calls" if name else "stop"), "[DONE]"])

    def gemini(self, asked, path):
        parts = [part for content in asked.get("contents", []) for part in content.get("parts", [])]
        results = [part["functionResponse"] for part in parts if "functionResponse" in part]
        names = [each["name"] for tool in asked.get("tools", []) for each in tool.get("functionDeclarations", [])]
        name = self.script.next_call(names, [json.dumps(each.get("response")) for each in results])
        part = {"functionCall": {"name": name, "args": {}}} if name else {"text": "done"}
        answer = {"candidates": [{"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}],
                  "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}}
        if "stream" in path:
            self.events([answer])
        else:
            self.send(json.dumps(answer).encode())
