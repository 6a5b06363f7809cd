"""A client that does not read the gate's stderr delays nothing: calls, pings, the end of input and SIGTERM are handled.

With FLOOD_MIB=1024 the case takes long, because some ten million lines are logged.
"""
import os
import signal

import http_client

FLOOD = int(os.environ.get("FLOOD_MIB", "4")) << 20


class UnreadPipe:
    """A full pipe that is not read."""

    def __init__(self):
        self.read_end, self.write_end = os.pipe()
        os.set_blocking(self.write_end, False)
        try:
            while True:
                os.write(self.write_end, b"x" * 4096)
        except BlockingIOError:
            os.set_blocking(self.write_end, True)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        os.close(self.read_end)
        os.close(self.write_end)

    def read_until(self, words):
        text = b""
        while words not in text:
            text += os.read(self.read_end, 65536)


def answers(ctx, gate):
    gate.hello()
    # The server writes its flood before it answers anything.
    ctx.wait(lambda: "a__stderr" in gate.tools(), "the server's tools")
    ctx.equal(gate.text("a__stderr", {"bytes": FLOOD}, 600), "written", "a call that causes many lines of log")
    ctx.equal(gate.request("ping")["result"], {}, "a ping")
    ctx.equal(gate.text("a__echo"), "{}", "another call")


def run(ctx):
    ctx.servers(a=["tools=stderr,echo", f"stderr-flood={FLOOD}"])
    with UnreadPipe() as pipe:
        gate = ctx.gate("--verbose", stderr=pipe.write_end)
        answers(ctx, gate)
        gate.close()
        gate = ctx.gate("--verbose", stderr=pipe.write_end, name="terminated")
        answers(ctx, gate)
        gate.kill(signal.SIGTERM)
        gate.wait(0)
        serve = http_client.Serve(ctx, "--verbose", stderr=pipe.write_end)
        session = serve.hello()
        ctx.wait(lambda: "a__stderr" in str(serve.rpc(session, "tools/list", {}, id=2).answer), "the server's tools over HTTP")
        answer = serve.rpc(session, "tools/call", {"name": "a__stderr", "arguments": {"bytes": FLOOD}}, id=3)
        ctx.equal(answer.answer["result"]["content"][0]["text"], "written", "a call over HTTP")
        ctx.equal(serve.request("GET", "/healthz").status, 200, "its health")
        pipe.read_until(b"messages are missing here")
        serve.end()
