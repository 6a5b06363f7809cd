"""A person signs in to a remote server with the browser. The gate, which could not use the server before, uses it then, until the person signs
out. Below a client, no browser is opened, and signing out is refused. No secret is anywhere but in the one file for secrets."""
from sign_in_client import Home
from sign_in_server import SignInServer


def run(ctx):
    server = SignInServer()
    home = Home(ctx, server)
    gate = ctx.gate(apart=True, env=home.env, name="person")
    gate.hello()
    ctx.wait(lambda: home.state_word() == "sign-in required", "the gate notices that a sign-in is needed")
    out, _ = home.auth("status")
    ctx.check("run callgate auth login remote" in out, out)

    signed = home.json("login", "remote")
    ctx.equal((signed["server"], signed["scopes"], signed["refreshes"], signed["kept_in"]),
              ("remote", ["read", "offline_access"], True, "file"), "the answer of the login")
    ctx.wait(home.page.exists, "the browser has the last page")
    page = home.page.read_text()
    for word in ("200", "You are signed in", "Cache-Control: no-store", "Referrer-Policy: no-referrer", "default-src 'none'"):
        ctx.check(word in page, f"{word} in {page}")
    ctx.equal(home.state_word(), "signed in", "the state")
    ctx.wait(lambda: "remote__whoami" in gate.tools(), "the gate has the tools")
    ctx.equal(gate.text("remote__whoami"), "you are ada", "the answer of the server")
    ctx.equal(server.registered, 1, "registrations")

    # A second login uses the registration, and the doctor changes nothing.
    asked = len(server.seen)
    doctor = home.json("doctor", "remote")
    ctx.equal((doctor["error"], doctor["steps"][-1]["step"]), (None, "browser"), "what the doctor says")
    ctx.check(all(method == "GET" or path == "/mcp" for method, path, _, _ in server.seen[asked:]), "the doctor only reads")
    home.page.unlink()
    home.auth("login", "remote")
    ctx.equal(server.registered, 1, "registrations")

    below = ctx.gate(env=home.env, name="client")  # this process is its client
    below.hello()
    process = home.start("login", "remote")
    url = home.read_until(process, "/authorize?")
    ctx.check(url.startswith(server.origin), url)
    ctx.equal(len(server.asked("/authorize")), 2, "browsers")
    process.terminate()
    home.end(process, status=None)
    for word in ("logout", "forget"):
        _, err = home.auth(word, "remote", status=4)
        ctx.check("(rights.refused)" in err, err)
    below.close()

    _, err = home.auth("logout", "remote")
    ctx.check("you are signed out of 'remote'" in err, err)
    ctx.equal(server.revoked, 2, "revoked tokens")
    home.auth("logout", "remote", status=3)
    home.auth("forget", "remote")
    home.auth("login", "elsewhere", status=3)
    gate.close()
    home.outputs += gate.stderr + below.stderr
    home.check_no_secrets()
    server.close()
