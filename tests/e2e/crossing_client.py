"""One client of crossing.py. Calls `tell` as fast as answers come, and checks every message that arrives for its own tag.

usage: crossing_client.py JSON        {"kind", "tag", "tool", "calls", "at_once", "ask", "refusals", "port", "token", "callgate"}

All clients use the same ids, progress tokens and names; only the tag differs. The client prints `ready` after its first call, starts
the others after a line on standard input, and ends with one JSON object that has its counts and faults.
"""
import collections
import json
import os
import selectors
import socket
import subprocess
import sys
import time

PATIENCE = 60 * float(os.environ.get("E2E_SLOW", "1"))
MODERN = "2026-07-28"
# The capabilities that a gateway reports to a legacy server for a modern client. With the same ones, the clients may share a child.
CAN = {"roots": {}, "sampling": {}, "elicitation": {"form": {}, "url": {}}}
NAMED = {"name": "crossing", "version": "1"}
MOST_FAULTS = 10


def dumps(value):
    return json.dumps(value, separators=(",", ":"))


class Wire:
    """A connection. Passes each complete event, body or line to `take`."""

    def __init__(self, loop, source, sink, take, http=True):
        self.loop, self.source, self.sink, self.take = loop, source, sink, take
        self.data, self.out, self.events = b"", b"", b""
        self.step = self.head if http else self.line
        self.need, self.ended = 0, False
        os.set_blocking(source, False)
        os.set_blocking(sink, False)
        loop.register(source, selectors.EVENT_READ, self)

    def send(self, data):
        self.out += data
        self.flush()

    def flush(self):
        while self.out:
            try:
                self.out = self.out[os.write(self.sink, self.out):]
            except BlockingIOError:
                break
        if self.source == self.sink:
            self.loop.modify(self.source, selectors.EVENT_READ | (selectors.EVENT_WRITE if self.out else 0), self)

    def readable(self):
        try:
            part = os.read(self.source, 262144)
        except BlockingIOError:
            return
        if not part:
            self.ended = True
            self.loop.unregister(self.source)
            os.close(self.source)
            return
        self.data += part
        while self.step():
            pass

    def line(self):
        line, end, rest = self.data.partition(b"\n")
        if end:
            self.data = rest
            self.take(self, line)
        return end

    def head(self):
        head, end, rest = self.data.partition(b"\r\n\r\n")
        if not end:
            return False
        self.data, fields = rest, head.lower()
        if not head.startswith(b"HTTP/1.1 20"):
            raise ValueError(f"refused: {head[:200]!r} {rest[:300]!r}")
        self.session = fields.partition(b"mcp-session-id: ")[2].partition(b"\r\n")[0].decode()
        if b"transfer-encoding: chunked" in fields:
            self.step, self.events = self.chunk, b""
            return True
        self.need = int(fields.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        self.step = self.body
        return True

    def body(self):
        if len(self.data) < self.need:
            return False
        body, self.data, self.step = self.data[:self.need], self.data[self.need:], self.head
        self.take(self, body or None)
        return True

    def chunk(self):
        size, end, rest = self.data.partition(b"\r\n")
        if not end:
            return False
        size = int(size, 16)
        if len(rest) < size + 2:
            return False
        self.data = rest[size + 2:]
        if size == 0:
            self.step = self.head
            self.take(self, None)
            return True
        self.events += rest[:size]
        while b"\n\n" in self.events:
            event, _, self.events = self.events.partition(b"\n\n")
            for line in event.split(b"\n"):
                if line.startswith(b"data: ") and len(line) > 6:
                    self.take(self, line[6:])
        return True


class Client:
    """The common part of all kinds of clients.

    A subclass decides how a message is sent, and whether a call has its own wire."""

    def __init__(self, told):
        self.told, self.tag = told, told["tag"]
        self.loop = selectors.DefaultSelector()
        self.open, self.steps = {}, {}  # by number of the call: its wire or None; progress messages seen
        self.next, self.last = 1, 1
        self.counts, self.faults = collections.Counter(), []
        self.answered = {}  # by number of the call: this client's answer to its question

    # A call

    def text(self, number):
        return f"{self.tag} {number}"

    def kind_of_question(self, number):
        return ("sampling", "elicitation")[number // 4 % 2] if self.told["ask"] and number % 4 == 1 else ""

    def request(self, number, **more):
        arguments = {"text": self.text(number), "steps": number % 3}
        if kind := self.kind_of_question(number):
            arguments["ask"] = kind
        # Progress tokens may be numbers or strings; both are used.
        token = number if number % 2 else f"t{number}"
        params = {"name": self.told["tool"], "arguments": arguments, "_meta": {"progressToken": token, **self.meta()}, **more}
        return dumps({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}).encode()

    def begin(self, wire=None):
        if self.next > self.last:
            return
        number, self.next = self.next, self.next + 1
        self.open[number], self.steps[number] = wire, 0
        self.post(self.request(number), wire)

    # What arrives

    def fault(self, what, line):
        self.counts["faults"] += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(f"{what}: {line[:400].decode('utf-8', 'replace')}")

    def message(self, line, wire):
        """Handles a message. If a call has its own wire, every message on `wire` must belong to that call."""
        message = json.loads(line)
        method = message.get("method")
        if method == "notifications/progress":
            return self.progress(message["params"], line, wire)
        if method in ("sampling/createMessage", "elicitation/create"):
            return self.question(message, line, wire)
        if method is not None:
            if method != "notifications/tools/list_changed":
                self.fault("an unexpected message", line)
            return None
        number = message.get("id")
        if number not in self.open or (wire and self.open[number] is not wire):
            return self.fault("an answer to no open call", line)
        return self.answer(number, message, line)

    def belongs(self, number, said, wire):
        mine = number in self.open and said == self.text(number)
        return mine and (wire is None or self.open[number] is wire)

    def progress(self, params, line, wire):
        token = params["progressToken"]
        number = int(token.removeprefix("t")) if isinstance(token, str) else token
        # The token must come back with the type that it had.
        if not self.belongs(number, params["message"], wire) or isinstance(token, int) != bool(number % 2):
            return self.fault("progress of another call", line)
        self.steps[number] += 1
        self.counts["progress"] += 1
        if params["progress"] != self.steps[number]:
            self.fault("progress out of order", line)
        return None

    def check_question(self, method, params, line, wire):
        """Checks a question and returns the result to answer it with, as JSON text."""
        sampling = method == "sampling/createMessage"
        said = params["messages"][0]["content"]["text"] if sampling else params["message"]
        number = int(said.rpartition(" ")[2])
        if not self.belongs(number, said, wire) or self.kind_of_question(number) != method.partition("/")[0] or number in self.answered:
            self.fault("a question of another call", line)
        self.counts["questions"] += 1
        result = ({"role": "assistant", "model": "m", "content": {"type": "text", "text": f"to {said}"}} if sampling
                  else {"action": "accept", "content": {"said": f"to {said}"}})
        self.answered[number] = dumps(result)
        return self.answered[number]

    def question(self, message, line, wire):
        result = self.check_question(message["method"], message["params"], line, wire)
        self.aside(b'{"jsonrpc":"2.0","id":%s,"result":%s}' % (dumps(message["id"]).encode(), result.encode()))

    def answer(self, number, message, line):
        try:
            said, _, question = message["result"]["content"][0]["text"].partition("\n")
        except (KeyError, IndexError):
            said, question = "", ""
        given = self.answered.pop(number, "")
        if question.startswith("error ") and self.told["refusals"] and not given:
            self.counts["refusals"] += 1
            given = question
        if said != self.text(number) or question != given or bool(question) != bool(self.kind_of_question(number)):
            self.fault(f"a wrong answer (answered the question with {given!r})", line)
        if self.steps.pop(number) != number % 3:
            self.fault("progress is missing", line)
        wire = self.open.pop(number)
        self.counts["answers"] += 1
        self.done(wire)
        return None

    # The run

    def wait_for_tool(self, listed):
        end = time.monotonic() + PATIENCE
        while self.told["tool"] not in [tool["name"] for tool in listed()["tools"]]:
            if time.monotonic() > end:
                raise ValueError("the tool is not in the list")

    def turn(self):
        ready = self.loop.select(PATIENCE)
        if not ready:
            raise ValueError(f"no message arrived for {PATIENCE:.0f} s; open calls: {list(self.open)[:20]}")
        for key, event in ready:
            wire = key.data
            if event & selectors.EVENT_WRITE:
                wire.flush()
            if event & selectors.EVENT_READ:
                wire.readable()

    def calls(self, last, at_once):
        self.last = last
        self.fill(at_once)
        while self.open:
            self.turn()
            if any(wire.ended for wire in self.wires()):
                raise ValueError(f"a connection ended; open calls: {list(self.open)[:20]}")

    def run(self):
        self.hello()
        self.calls(1, 1)
        print("ready", flush=True)
        sys.stdin.readline()
        self.calls(self.told["calls"], self.told["at_once"])
        self.bye()
        if self.counts["answers"] != self.told["calls"]:
            self.fault("calls without an answer", str(self.counts).encode())

    def meta(self):
        return {}


class LineClient(Client):
    """A client whose calls share one stream in each direction."""

    def fill(self, at_once):
        for _ in range(at_once):
            self.begin()

    def done(self, _):
        self.begin()

    def shake_hands(self):
        """Sends `initialize`, then asks for the list until it has the tool. Uses ids that no call has."""
        seen = []
        real, self.message = self.message, lambda line, wire: seen.append(json.loads(line))

        def ask(method, params):
            self.post(dumps({"jsonrpc": "2.0", "id": method, "method": method, "params": params}).encode(), None)
            while not any(message.get("id") == method for message in seen):
                self.turn()
            return [seen.pop(i) for i, message in enumerate(seen) if message.get("id") == method][0]["result"]

        ask("initialize", {"protocolVersion": "2025-11-25", "capabilities": CAN, "clientInfo": NAMED})
        self.aside(b'{"jsonrpc":"2.0","method":"notifications/initialized"}')
        self.wait_for_tool(lambda: ask("tools/list", {}))
        self.message = real


class Stdio(LineClient):
    """A client with its own gate on stdio, which uses the same state folder."""

    def hello(self):
        self.gate = subprocess.Popen([self.told["callgate"]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self.wire = Wire(self.loop, os.dup(self.gate.stdout.fileno()), self.gate.stdin.fileno(), lambda _, line: self.message(line, None), False)
        self.shake_hands()

    def wires(self):
        return [self.wire]

    def post(self, body, _):
        self.wire.send(body + b"\n")
        while self.wire.out:  # the loop does not watch this descriptor for writing
            self.turn()
            self.wire.flush()

    def aside(self, body):
        self.post(body, None)

    def bye(self):
        self.gate.stdin.close()
        while not self.wire.ended:
            self.turn()
        if self.gate.wait(PATIENCE) != 0:
            raise ValueError("the gate failed")


class Http:
    """A mixin with connections to the gate."""

    session = None

    def connect(self, take):
        connection = socket.create_connection(("127.0.0.1", self.told["port"]), PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return Wire(self.loop, fd := connection.detach(), fd, take)

    def bytes_of(self, method, path, body=None):
        fields = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {self.told['token']}",
                  "Accept: application/json, text/event-stream", *self.fields()]
        if self.session:
            fields.append(f"Mcp-Session-Id: {self.session}")
        if body is not None:
            fields += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        return "\r\n".join([*fields, "", ""]).encode() + (body or b"")

    def fields(self):
        return []

    def accepted(self, _, body):
        """Handles responses to messages that are only accepted, not answered."""
        if body is not None and body != b"Accepted":
            self.fault("not only accepted", body)


class Sse(Http, LineClient):
    """HTTP+SSE: one stream of events, and one connection for requests, which are only accepted there."""

    def hello(self):
        self.place = None
        self.stream = self.connect(self.event)
        self.stream.send(self.bytes_of("GET", "/sse"))
        while not self.place:
            self.turn()
        self.posts = self.connect(self.accepted)
        self.shake_hands()

    def event(self, _, line):
        if line is None:
            raise ValueError("the stream ended")
        if self.place:
            return self.message(line, None)
        self.place = line.decode()

    def wires(self):
        return [self.stream, self.posts]

    def post(self, body, _):
        self.posts.send(self.bytes_of("POST", self.place, body))

    def aside(self, body):
        self.post(body, None)

    def bye(self):
        os.close(self.stream.source)


class Streamable(Http, Client):
    """A legacy session: one connection for each concurrent call, one for messages that belong to no call, one for answers to questions."""

    def hello(self):
        got = []
        first = self.connect(lambda _, body: got.append(body and json.loads(body)))

        def ask(method, params, **more):
            got.clear()
            first.send(self.bytes_of("POST", "/mcp", dumps({"jsonrpc": "2.0", "method": method, "params": params, **more}).encode()))
            while not got or first.step != first.head:  # a late answer comes in a stream, which has an end
                self.turn()
            return next((message for message in got if message is not None), None)

        ask("initialize", {"protocolVersion": "2025-11-25", "capabilities": CAN, "clientInfo": NAMED}, id="hello")
        self.session = first.session
        ask("notifications/initialized", {})
        self.wait_for_tool(lambda: ask("tools/list", {}, id="list")["result"])
        self.stream = self.connect(lambda _, line: line is not None and self.message(line, None))
        self.stream.send(self.bytes_of("GET", "/mcp"))
        self.answers, self.lanes = None, []

    def fields(self):
        return ["MCP-Protocol-Version: 2025-11-25"] if self.session else []

    def wires(self):
        return [self.stream, *self.lanes]

    def fill(self, at_once):
        while len(self.lanes) < at_once:
            self.lanes.append(self.connect(self.arrived))
        for lane in self.lanes[:at_once]:
            self.begin(lane)

    def arrived(self, lane, line):
        if line is not None:
            self.message(line, lane)
        # The call has ended, and so has the stream of its answer, if there was one.
        if lane.step == lane.head and lane not in self.open.values():
            self.begin(lane)

    def done(self, _):
        pass

    def post(self, body, lane):
        lane.send(self.bytes_of("POST", "/mcp", body))

    def aside(self, body):
        # The gate closes this connection when it is idle for long.
        if self.answers is None or self.answers.ended:
            self.answers = self.connect(self.accepted)
        self.answers.send(self.bytes_of("POST", "/mcp", body))

    def bye(self):
        self.lanes[0].send(self.bytes_of("DELETE", "/mcp"))
        while self.stream.step != self.stream.head:
            self.turn()


class Modern(Streamable):
    """A client without a session: each request identifies the client. A question comes as the result, and the call is repeated with
    the answer."""

    def hello(self):
        self.lanes = []

    def wires(self):
        return self.lanes

    def fields(self):
        return [f"MCP-Protocol-Version: {MODERN}", "Mcp-Method: tools/call", f"Mcp-Name: {self.told['tool']}"]

    def meta(self):
        start = "io.modelcontextprotocol/"
        return {f"{start}protocolVersion": MODERN, f"{start}clientCapabilities": CAN, f"{start}clientInfo": NAMED}

    def answer(self, number, message, line):
        result = message.get("result", {})
        if result.get("resultType") != "input_required":
            return super().answer(number, message, line)
        lane = self.open[number]
        answers = {key: json.loads(self.check_question(request["method"], request["params"], line, lane))
                   for key, request in result["inputRequests"].items()}
        lane.again = self.request(number, inputResponses=answers, requestState=result["requestState"])
        return None

    def arrived(self, lane, line):
        super().arrived(lane, line)
        if lane.step == lane.head and getattr(lane, "again", None):
            again, lane.again = lane.again, None
            self.post(again, lane)

    def bye(self):
        pass


KINDS = {"streamable": Streamable, "modern": Modern, "sse": Sse, "stdio": Stdio}


def main():
    told = json.loads(sys.argv[1])
    client = KINDS[told["kind"]](told)
    try:
        client.run()
    except (ValueError, KeyError, OSError, subprocess.TimeoutExpired) as failure:
        client.fault(f"{type(failure).__name__}: {failure}", b"")
    print(dumps({"counts": client.counts, "faults": client.faults}), flush=True)


if __name__ == "__main__":
    main()
