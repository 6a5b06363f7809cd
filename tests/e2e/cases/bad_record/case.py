"""If the record cannot be used, the error has the file, the reason and the next step, and the file is never written."""
import os
import sqlite3


def run(ctx):
    ctx.gateway["shared"] = "off"  # the case is about gate processes of single clients
    ctx.servers(a=["tools=echo"])
    gate = ctx.gate()
    gate.hello()
    gate.text("a__echo")
    gate.close()
    database = ctx.state / "callgate.db"
    ctx.equal(database.stat().st_mode & 0o777, 0o600, "mode of the record")
    ctx.equal(ctx.state.stat().st_mode & 0o777, 0o700, "mode of the state folder")
    good = database.read_bytes()

    with sqlite3.connect(database) as connection:
        connection.execute("pragma user_version = 1000000")
    connection.close()
    ctx.fails(code="record.newer", says=("callgate.db",))

    def broken(data, code):
        for path in ctx.state.glob("callgate.db*"):
            path.unlink()
        database.write_bytes(data)
        before = database.read_bytes()
        ctx.fails(code=code, says=("callgate.db",))
        ctx.check(database.read_bytes() == before, "the file is unchanged")

    broken(b"this is no database at all, but it is long enough to be looked at\n" * 100, "record.corrupt")
    broken(good[:100] + b"\xff" * 4000 + good[4100:], "record.corrupt")
    other = ctx.dir / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("pragma application_id = 7")
        connection.execute("create table theirs(x)")
    connection.close()
    broken(other.read_bytes(), "record.not_ours")
    if os.geteuid() != 0:
        database.write_bytes(good)
        database.chmod(0o400)
        ctx.state.chmod(0o500)
        ctx.fails(code="record.read_only", says=("callgate.db",))
