"""Signing in where no browser runs: the person pastes the address of the last page, or types a code on another device."""
import urllib.request

from sign_in_client import Home
from sign_in_server import USER_CODE, SignInServer


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def last_page(url):
    """The address to which the authorization server sends the browser."""
    try:
        urllib.request.build_opener(NoRedirect).open(url, timeout=60)
    except urllib.error.HTTPError as answer:
        return answer.headers["Location"]
    raise AssertionError("no redirect")


def paste(ctx):
    server = SignInServer()
    home = Home(ctx, server, "paste")
    process = home.start("login", "remote", "--no-browser")
    address = last_page(home.read_until(process, "/authorize?"))
    process.stdin.write("http://127.0.0.1:1/callback?code=x&state=y\n")
    process.stdin.flush()
    home.read_until(process, "is not the address of this sign-in")
    _, err = home.end(process, address + "\n")
    ctx.check("you are signed in to 'remote'" in err, err)
    ctx.check(not home.page.exists(), "no browser was opened")
    ctx.equal(home.state_word(), "signed in", "the state")
    home.check_no_secrets()
    server.close()


def device(ctx):
    server = SignInServer()
    home = Home(ctx, server, "device", auth={"way": "device", "client_id": "device-client"})
    _, err = home.auth("login", "remote")
    ctx.check(server.origin + "/type-the-code" in err and USER_CODE in err, err)
    ctx.check("you are signed in to 'remote'" in err, err)
    ctx.equal(len(server.asked("/token")), 2, "polls")
    home.check_no_secrets()
    server.close()


def accounts(ctx):
    server = SignInServer()
    home = Home(ctx, server, "accounts", accounts={"work": {}, "home": {}})
    _, err = home.auth("login", "remote", status=1)
    ctx.check("choose one with --account: work, home" in err, err)
    home.auth("login", "remote", "--account", "work")
    states = {row["account"]: row["state"] for row in home.json("status")["sign_ins"]}
    ctx.equal(states, {"work": "signed in", "home": "not asked for"}, "the states")
    home.auth("logout", "remote", "--account", "home", status=3)
    # The server is not in the configuration any more, but its sign-in is still stored.
    home.config.write_text('{"mcpServers": {}}')
    out, _ = home.auth("status")
    command = f"callgate auth logout {server.url} --account work"
    ctx.check("no server of the configuration uses this sign-in" in out and command in out, out)
    home.auth(*command.split()[2:])
    ctx.equal(server.revoked, 2, "revoked tokens")
    home.auth("status", status=3)
    home.check_no_secrets()
    server.close()


def run(ctx):
    paste(ctx)
    device(ctx)
    accounts(ctx)
