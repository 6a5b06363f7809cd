"""`callgate serve` for cases, and a client that writes its requests byte by byte where it must."""
import json
import signal
import socket

import harness
from harness import Failure

ACCEPT = "application/json, text/event-stream"


class Response:
    """One answer, or the beginning of a stream of events."""

    def __init__(self, status, fields):
        self.status, self.fields, self.body = status, fields, b""

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def answer(self):
        """Of a request: whole, or the first message of a stream, as which a slow one comes."""
        if self.body:
            return self.json
        message = self.connection.message()
        while self.connection.event() is not None:
            pass
        return message


class Connection:
    """One TCP connection. Reads answers strictly: what is no HTTP/1.1 is a failure."""

    def __init__(self, port, buffer=None):
        """With `buffer` the system takes about that many bytes for a client that does not read."""
        self.socket = socket.socket()
        self.socket.settimeout(harness.DEADLINE)
        if buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.connect(("127.0.0.1", port))
        self.data = b""
        self.chunked = False

    def send(self, data):
        try:
            self.socket.sendall(data if isinstance(data, bytes) else data.encode())
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused meanwhile; the answer says so

    def more(self):
        part = self.socket.recv(65536)
        self.data += part
        return bool(part)

    def until(self, end):
        while end not in self.data:
            if not self.more():
                raise Failure(f"the connection ended within an answer: {self.data!r}")
        part, _, self.data = self.data.partition(end)
        return part

    def exactly(self, size):
        while len(self.data) < size:
            if not self.more():
                raise Failure(f"the connection ended within a body: {self.data!r}")
        part, self.data = self.data[:size], self.data[size:]
        return part

    def closed(self):
        """The other side has closed, and nothing was left to read."""
        return not self.data and not self.more()

    def head(self):
        lines = self.until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        version, status, _ = lines[0].split(" ", 2)
        if version != "HTTP/1.1":
            raise Failure(f"no HTTP/1.1: {lines[0]}")
        fields = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
        return Response(int(status), fields)

    def response(self):
        """The next answer: whole, or without its events."""
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
            raise Failure("a chunk is not ended")
        return data

    def event(self):
        """The next event as {field: value}; None at the stream's end. Comments are left out."""
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
        """The next event with a message, parsed."""
        while True:
            event = self.event()
            if event is None:
                raise Failure("the stream ended without a message")
            if event.get("data"):
                return json.loads(event["data"])

    def close(self):
        self.socket.close()


class Serve:
    """One `callgate serve`."""

    def __init__(self, context, *words, listen="127.0.0.1:0", name="serve", **options):
        self.context = context
        self.gate = context.gate("serve", "--listen", listen, *words, name=name, **options)
        self.url = self.gate.take(lambda line: True, "its URL").decode()
        self.port = int(self.url.rsplit(":", 1)[1].split("/")[0])
        token = context.state / "token"
        self.token = token.read_text().strip() if token.exists() and "--no-token" not in words else None

    def connect(self):
        return Connection(self.port)

    def request(self, method, path, body=None, connection=None, token=True, accept=ACCEPT, **fields):
        """Sends a request and reads its answer; field_name=value adds or (None) removes a field."""
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
        """A session's id."""
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
