"""A model on loopback that follows a script, for clients of the Anthropic Messages API and of the OpenAI Responses API.

The user's text of a conversation is "order N MS". The model calls the tool whose name ends in create_order. If the result says that the
call timed out or failed, the model makes exactly the same call again. Otherwise it ends: with "done N" if the order is done, with
"unknown N" if the result says that the outcome is unknown, and with "lost N" after any other result or after too many calls.
"""
import http.server
import itertools
import json
import re
import threading

TOOL = "create_order"
MOST_CALLS = 12


class Order:
    """One conversation."""

    def __init__(self, number, ms):
        self.number, self.ms = number, ms
        self.results = []  # the text of each result that the model got
        self.end = None

    @property
    def arguments(self):
        return {"n": self.number, "ms": self.ms, "cancel": "go" if self.number % 2 else "quiet"}

    def decide(self):
        """Returns the text with which the model ends, or None if the model makes its call."""
        last = self.results[-1] if self.results else "failed"
        if f"{TOOL} {self.number} is done" in last:
            return f"done {self.number}"
        if "unknown" in last:
            return f"unknown {self.number}"
        if re.search("timed out|failed", last) and len(self.results) < MOST_CALLS:
            return None
        return f"lost {self.number}"


def texts(content):
    """Returns all texts of a message or of a result. `content` is a text or a list of blocks."""
    if isinstance(content, str):
        return [content]
    return [block["text"] for block in content or [] if isinstance(block.get("text"), str)]


class Messages:
    """The Anthropic Messages API."""

    @staticmethod
    def user_texts(request):
        return [text for message in request["messages"] if message["role"] == "user" for text in texts(message["content"])]

    @staticmethod
    def results(request):
        blocks = [block for message in request["messages"] if isinstance(message["content"], list) for block in message["content"]]
        return ["\n".join(texts(block.get("content"))) for block in blocks if block["type"] == "tool_result"]

    @staticmethod
    def tool(request):
        """Returns the keys of a call that name the tool, or None if the request does not have the tool."""
        return next(({"name": tool["name"]} for tool in request.get("tools", []) if tool["name"].endswith(TOOL)), None)

    @staticmethod
    def events(request, id, block, delta, reason):
        usage = {"input_tokens": 1, "output_tokens": 1}
        message = {"id": f"msg_{id}", "type": "message", "role": "assistant", "model": request["model"], "content": [],
                   "stop_reason": None, "stop_sequence": None, "usage": usage}
        return [{"type": "message_start", "message": message},
                {"type": "content_block_start", "index": 0, "content_block": block},
                {"type": "content_block_delta", "index": 0, "delta": delta},
                {"type": "content_block_stop", "index": 0},
                {"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": None}, "usage": usage},
                {"type": "message_stop"}]

    @classmethod
    def call(cls, request, id, tool, arguments):
        return cls.events(request, id, {"type": "tool_use", "id": f"toolu_{id}", "input": {}, **tool},
                          {"type": "input_json_delta", "partial_json": json.dumps(arguments)}, "tool_use")

    @classmethod
    def text(cls, request, id, text):
        return cls.events(request, id, {"type": "text", "text": ""}, {"type": "text_delta", "text": text}, "end_turn")


class Responses:
    """The OpenAI Responses API. Its tools may be in namespaces."""

    @staticmethod
    def user_texts(request):
        return [text for item in request["input"] if item.get("role") == "user" for text in texts(item["content"])]

    @staticmethod
    def results(request):
        return ["\n".join(texts(item["output"])) for item in request["input"] if item["type"] == "function_call_output"]

    @staticmethod
    def tool(request):
        """Returns the keys of a call that name the tool, or None if the request does not have the tool."""
        for tool in request.get("tools", []):
            if tool["type"] == "namespace":
                for inner in tool["tools"]:
                    if inner["name"].endswith(TOOL):
                        return {"namespace": tool["name"], "name": inner["name"]}
            elif tool.get("name", "").endswith(TOOL):
                return {"name": tool["name"]}
        return None

    @staticmethod
    def events(id, item):
        usage = {"input_tokens": 1, "input_tokens_details": None, "output_tokens": 1, "output_tokens_details": None, "total_tokens": 2}
        return [{"type": "response.created", "response": {"id": f"resp_{id}"}},
                {"type": "response.output_item.done", "output_index": 0, "item": item},
                {"type": "response.completed", "response": {"id": f"resp_{id}", "usage": usage}}]

    @classmethod
    def call(cls, _, id, tool, arguments):
        return cls.events(id, {"type": "function_call", "call_id": f"call_{id}", "arguments": json.dumps(arguments), **tool})

    @classmethod
    def text(cls, _, id, text):
        return cls.events(id, {"type": "message", "role": "assistant", "id": f"msg_{id}", "content": [{"type": "output_text", "text": text}]})


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, kind, text):
        data = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        path = self.path.partition("?")[0]
        api = {"/v1/messages": Messages, "/v1/responses": Responses}.get(path)
        if path == "/v1/messages/count_tokens":
            self.answer("application/json", '{"input_tokens":1}')
        elif api:
            events = self.server.model.reply(api, request)
            self.answer("text/event-stream", "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events))
        else:
            self.send_error(404)


class Model:
    """The HTTP server, and the orders by their numbers."""

    def __init__(self):
        self.orders, self.ids, self.lock = {}, itertools.count(1), threading.Lock()
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.model = self
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()

    def reply(self, api, request):
        """Returns the events of the answer."""
        id = next(self.ids)
        found = [match for text in api.user_texts(request) if (match := re.fullmatch(r"order (\d+) (\d+)", text.strip()))]
        tool = api.tool(request)
        if not found or not tool:  # a request that the client makes for itself, for example for a title
            return api.text(request, id, "ok")
        number, ms = map(int, found[-1].groups())
        with self.lock:
            order = self.orders.setdefault(number, Order(number, ms))
            order.results = api.results(request)
            order.end = order.decide()
        return api.text(request, id, order.end) if order.end else api.call(request, id, tool, order.arguments)
