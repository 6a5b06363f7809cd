"""Whatever connects to the shared gate's socket, the gate serves its clients, and reads no client's messages before the front has confirmed."""
import array
import json
import os
import socket

HELD = b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n'


def answer(connection):
    data = b""
    while not data.endswith(b"\n"):
        part = connection.recv(65536)
        if not part:
            return None
        data += part
    return json.loads(data)


def sessions(ctx):
    return json.loads(ctx.run("status", "--json"))["processes"][0]["sessions_total"]


def turned_away(connection):
    connection.settimeout(0.2)
    try:
        return b"attach.full" in connection.recv(1000)
    except TimeoutError:
        return False
    finally:
        connection.close()


def run(ctx):
    ctx.write_config({"gateway": {"shared": "auto", "idle_exit": "1s"}, "limits": {"sessions": 6},
                      "mcpServers": {"fs": ctx.server("fs", "tools=echo", share="all")}})
    gate = ctx.attached(name="honest", apart=True)  # this process is no client of the gate
    (path,) = (ctx.state / "shared").glob("*.sock")
    ctx.equal([oct(each.stat().st_mode & 0o777) for each in (path.parent, path)], ["0o700", "0o600"], "modes")

    def connect():
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(20)
        connection.connect(str(path))
        return connection

    def hello(**changes):
        text = {"attach": "hello", "format": 1, "config": str(ctx.config_file).encode().hex(), "profile": "",
                "folder": b"/".hex(), "variables": b"PATH=/bin\0".hex(), **changes}
        return json.dumps(text).encode() + b"\n"

    def send(connection, line, descriptors):
        control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
        connection.sendmsg([line], control)

    (client, theirs), null = os.pipe(), os.open("/dev/null", os.O_RDWR)
    ends = [client, theirs]
    odd = {"rubbish": (b"rubbish\n", [null, null], "attach.malformed"),
           "no descriptors": (hello(), [], "attach.malformed"),
           "one descriptor": (hello(), [null], "attach.malformed"),
           "a journal that is no memory": (hello(), [*ends, null], "io.memory"),
           "stdin is a file": (hello(), [null, theirs], "attach.file"),
           "stdout is a file": (hello(), [client, null], "attach.file"),
           "four descriptors": (hello(), [null] * 4, "attach.malformed"),
           "another format": (hello(format=2), [null, null], "attach.malformed"),
           "a folder that is relative": (hello(folder=b"x".hex()), [null, null], "attach.malformed"),
           "another configuration": (hello(config=b"/other.json".hex()), ends, "attach.config"),
           "an unknown profile": (hello(profile="none"), ends, "attach.profile")}
    for what, (line, descriptors, code) in odd.items():
        connection = connect()
        send(connection, line, descriptors)
        ctx.equal(answer(connection).get("code"), code, what)
        connection.close()

    # A front that does not wait for the answer gets no session.
    for rest in (b'{"attach":"begin"}\n', b'x\n{"attach":"begin"}\n'):
        connection = connect()
        send(connection, hello() + rest, ends)
        ctx.check(answer(connection) in (None, {"attach": "have"}), "the connection ends")
        connection.close()
    ctx.equal(sessions(ctx), 1, "sessions")

    # A front that closes the socket instead of confirming keeps its client: the gate has read nothing.
    connection = connect()
    send(connection, hello(), ends)
    ctx.equal(answer(connection), {"attach": "have"}, "the gate would serve the client")
    os.write(theirs, HELD)
    connection.close()
    ctx.equal(gate.text("fs__echo", {"n": 1}), '{"n": 1}', "an answer to the honest client")
    ctx.equal(os.read(client, 100), HELD, "the message is still there")

    # Fronts that say nothing count until their time is over, so one more is turned away.
    silent = [connect() for _ in range(5)]
    ctx.wait(lambda: turned_away(connect()), "the limit of sessions")
    ctx.equal(gate.text("fs__echo", {"n": 2}), '{"n": 2}', "an answer to the honest client")
    for connection in silent:
        connection.close()
    another = ctx.attached(name="another", apart=True)
    ctx.equal(another.text("fs__echo", {"n": 3}), '{"n": 3}', "an answer to another client")
    another.close()
    gate.close()
