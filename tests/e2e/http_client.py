"""Runs `callgate serve` for cases, with an HTTP client that controls every byte of its requests."""
import json
import signal
import socket

import harness
from harness import Failure

ACCEPT = "application/json, text/event-stream"


class Response:
    """One response, or the beginning of a stream of events."""

    def __init__(self, status, fields):
        self.status, self.fields, self.body = status, fields, b""

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def answer(self):
        """Returns the answer to a request: the body, or the first message of a stream, because slow answers come in a stream."""
        if self.body:
            return self.json
        message = self.connection.message()
        while self.connection.event() is not None:
            pass
        return message


class Connection:
    """One TCP connection. A response that is not strictly HTTP/1.1 is a failure."""

    def __init__(self, port, buffer=None):
        """`buffer` limits how many bytes, roughly, the system buffers while the client does not read."""
        self.socket = socket.socket()
        self.socket.settimeout(harness.DEADLINE)
        if buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.connect(("127.0.0.1", port))
        self.data = bytearray()  # what was received and not read yet; a bytes object would be copied with each part
        self.chunked = False

    def send(self, data):
        try:
            self.socket.sendall(data if isinstance(data, bytes) else data.encode())
        except (BrokenPipeError, ConnectionResetError):
            pass  # the request was refused meanwhile, which the response shows

    def more(self):
        part = self.socket.recv(65536)
        self.data += part
        return bool(part)

    def take(self, size):
        part = bytes(self.data[:size])
        del self.data[:size]
        return part

    def until(self, end):
        searched = 0
        while (place := self.data.find(end, searched)) < 0:
            searched = max(0, len(self.data) + 1 - len(end))
            if not self.more():
                raise Failure(f"the connection ended within an answer: {self.data!r}")
        return self.take(place + len(end))[:place]

    def exactly(self, size):
        while len(self.data) < size:
            if not self.more():
                raise Failure(f"the connection ended within a body: {self.data!r}")
        return self.take(size)

    def closed(self):
        """Whether the gate has closed the connection and no data is left to read."""
        return not self.data and not self.more()

    def head(self):
        lines = self.until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        version, status, _ = lines[0].split(" ", 2)
        if version != "HTTP/1.1":
            raise Failure(f"not HTTP/1.1: {lines[0]}")
        fields = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
        return Response(int(status), fields)

    def response(self):
        """Returns the next response, with its body, or without its events if it is a stream."""
        response = self.head()
        while response.status == 100:
            response = self.head()
        self.chunked = response.fields.get("transfer-encoding") == "chunked"
        if "content-length" in response.fields:
            response.body = self.exactly(int(response.fields["content-length"]))
        return response

    def chunk(self):
        size = int(self.until(b"\r\n"), 16)
        data = self.exactly(size)
        if self.exactly(2) != b"\r\n":
            raise Failure("a chunk has no end")
        return data

    def event(self):
        """Returns the next event as {field: value}, or None at the end of the stream. Skips comments."""
        while True:
            data = self.chunk() if self.chunked else self.until(b"\n\n") + b"\n\n"
            if not data:
                return None
            fields = {}
            for line in data.decode().splitlines():
                name, _, value = line.partition(": ")
                if name.endswith(":"):
                    name, value = name[:-1], ""
                if name:
                    fields[name] = fields[name] + "\n" + value if name in fields else value
            if fields:
                return fields

    def message(self):
        """Returns the message of the next event that has one, parsed."""
        while True:
            event = self.event()
            if event is None:
                raise Failure("the stream ended without a message")
            if event.get("data"):
                return json.loads(event["data"])

    def close(self):
        self.socket.close()


class Serve:
    """One process of `callgate serve`."""

    def __init__(self, context, *words, listen="127.0.0.1:0", name="serve", **options):
        self.context = context
        self.gate = context.gate("serve", "--listen", listen, *words, name=name, **options)
        self.url = self.gate.take(lambda line: True, "its URL").decode()
        self.port = int(self.url.rsplit(":", 1)[1].split("/")[0])
        token = context.state / "token"
        self.token = token.read_text().strip() if token.exists() and "--no-token" not in words else None

    def new_token(self, name, profile):
        """Creates a token, and waits until the gate accepts it."""
        context = self.context
        context.wait(lambda: json.loads(context.run("status", "--json", status=None))["processes"], "the gate can be asked")
        token = context.run("token", "create", name, "--profile", profile, "--yes").strip()
        context.wait(lambda: self.request("GET", "/mcp", token=token, Mcp_Session_Id="0").status == 404, "the new token lets in")
        return token

    def connect(self):
        return Connection(self.port)

    def request(self, method, path, body=None, connection=None, token=True, accept=ACCEPT, **fields):
        """Sends a request and returns its response. field_name=value adds a header field; None removes one."""
        named = {name.replace("_", "-"): value for name, value in fields.items()}
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        head = {"Host": f"127.0.0.1:{self.port}", "Accept": accept}
        if self.token and token:
            head["Authorization"] = f"Bearer {self.token if token is True else token}"
        if body is not None:
            head.update({"Content-Type": "application/json", "Content-Length": str(len(body))})
        head.update(named)
        text = "".join(f"{name}: {value}\r\n" for name, value in head.items() if value is not None)
        connection = connection or self.connect()
        connection.send(f"{method} {path} HTTP/1.1\r\n{text}\r\n".encode() + (body or b""))
        response = connection.response()
        response.connection = connection
        return response

    def rpc(self, session, method, params=None, id=1, **options):
        message = {"jsonrpc": "2.0", "method": method, **({"params": params} if params is not None else {})}
        if id is not None:
            message["id"] = id
        return self.request("POST", "/mcp", message, **({"Mcp_Session_Id": session} if session else {}), **options)

    def hello(self, version="2025-11-25", **options):
        """Initializes a session and returns its id."""
        params = {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "e2e", "version": "1"}}
        response = self.rpc(None, "initialize", params, **options)
        if response.status != 200:
            raise Failure(f"initialize: {response.status} {response.body!r}")
        session = response.fields["mcp-session-id"]
        accepted = self.rpc(session, "notifications/initialized", id=None, **options)
        if accepted.status != 202 or accepted.body:
            raise Failure(f"initialized: {accepted.status} {accepted.body!r}")
        return session

    def call(self, session, tool, arguments=None, id=1, meta=None, **options):
        params = {"name": tool, "arguments": arguments or {}, **({"_meta": meta} if meta else {})}
        return self.rpc(session, "tools/call", params, id=id, **options)

    def end(self, status=0):
        self.gate.kill(signal.SIGTERM)
        self.gate.wait(status)
