"""Authorization servers that break a rule or have a peculiarity. Each sign-in works, or ends with one sentence and the next command."""
import concurrent.futures

from sign_in_client import Home
from sign_in_server import SignInServer

WORKS = None
SIGNED_IN = "you are signed in to 'remote'"

# A name, what the server does, the server's "auth", and the words of the error (WORKS: there is none).
TABLE = [
    ("issuer with a slash only in the resource metadata", {"named_issuer": "/", "issuer": ""}, {}, WORKS),
    ("issuer with a slash only in its own metadata", {"issuer": "/"}, {}, ["(signin.rule)", '"auth": {"issuer": "ORIGIN/"}']),
    ("issuer without its path", {"named_issuer": "/tenant"}, {}, ["(signin.rule)", '"auth": {"issuer": "ORIGIN"}']),
    ("issuer with a pin", {"named_issuer": "/tenant"}, {"issuer": "ORIGIN"}, WORKS),
    ("metadata at the path", {"mcp_path": "/a/b/mcp/", "metadata_at": "path"}, {}, WORKS),
    ("metadata at the root", {"mcp_path": "/a/b/mcp/", "metadata_at": "root"}, {}, WORKS),
    ("metadata at an odd place", {"mcp_path": "/a/b/mcp/", "metadata_at": "odd"}, {}, WORKS),
    ("metadata of OpenID only", {"named_issuer": "/t1", "issuer": "/t1", "issuer_metadata": "oidc"}, {}, WORKS),
    ("no registration", {"registration": "none"}, {}, ["(signin.client_needed)", "with the redirect URI http://127.0.0.1:", '"client_id"']),
    ("registration forbidden", {"registration": "forbidden"}, {}, ["(signin.client_needed)", '403 "Forbidden"', "create an OAuth client"]),
    ("registration refused", {"registration": "unprocessable"}, {}, ["(signin.client_needed)", "422", "callgate auth login remote"]),
    ("registration wants a login", {"registration": "html"}, {}, ["(signin.client_needed)", "401", "callgate auth login remote"]),
    ("a client of the user", {"registration": "none"}, {"client_id": "configured"}, WORKS),
    ("client documents", {"registration": "none", "client_documents": True, "document_ports": range(41573, 41578)},
     {"client_document": "https://callgate.example/client.json"}, WORKS),
    ("no refresh tokens", {"refresh": False, "expires_in": 600}, {}, WORKS),
    ("401 without a challenge", {"refusal": "bare", "metadata_at": "path"}, {}, WORKS),
    ("401 with another scheme", {"refusal": "basic"}, {}, ["(signin.refused)", "not by the Bearer tokens", "as headers"]),
    ("403 instead of 401", {"refusal": "403"}, {}, ["(signin.refused)", "check the server's URL"]),
    ("no promise of PKCE", {"pkce": False}, {}, ["(signin.rule)", '"pkce": "assume"']),
    ("PKCE is assumed", {"pkce": False}, {"pkce": "assume"}, WORKS),
    ("resource refused", {"resource": "refused"}, {}, ["(signin.refused)", '"resource": "none"']),
    ("resource left out", {"resource": "refused"}, {"resource": "none"}, WORKS),
    ("the user refuses", {"denies": True}, {}, ["(signin.denied)", "to try again, run callgate auth login remote"]),
    ("iss of another server", {"iss": "wrong"}, {}, ["(signin.rule)", "RFC 9207", "callgate auth login remote"]),
    ("iss is missing", {"iss": "missing"}, {}, ["(signin.rule)", "RFC 9207"]),
    ("no token_type", {"token_type": False}, {}, ["(signin.rule)", "token_type"]),
    ("expires_in is a text", {"expires_text": True}, {}, WORKS),
    ("an error in an answer with status 200", {"token_status": 200.1, "resource": "refused"}, {}, ["(signin.refused)"]),
    ("a redirect of the request for tokens", {"token_status": 307}, {}, ["(signin.refused)", "307"]),
    ("too many requests", {"token_status": 429}, {}, ["(signin.unavailable)", "wait 120 seconds"]),
    ("metadata leads to an internal address", {"metadata_redirect": "http://169.254.169.254/latest"}, {}, ["(signin.unavailable)"]),
    ("metadata is too large", {"metadata_bytes": 1 << 20}, {}, ["(signin.unavailable)", "longer than 262144 bytes"]),
]


def check(ctx, number, name, rules, auth, words):
    server = SignInServer(**rules)
    auth = {key: value.replace("ORIGIN", server.origin) for key, value in auth.items()}
    home = Home(ctx, server, f"home-{number}", auth=auth)
    _, err = home.auth("login", "remote", status=1 if words else 0)
    for word in [SIGNED_IN] if words is WORKS else words:
        ctx.check(word.replace("ORIGIN", server.origin) in err, f"{name}: '{word}' is not in: {err}")
    if words:
        ctx.check(len([line for line in err.splitlines() if line.startswith("callgate: ")]) == 1, f"{name}: one error: {err}")
    # Nothing is registered, and no browser opened, at a server whose metadata is refused.
    if words and "(signin.rule)" in words and "issuer" in name:
        ctx.equal((server.registered, len(server.asked("/authorize"))), (0, 0), name)
    ctx.check(not any("169.254" in path for _, path, _, _ in server.seen), name)
    home.check_no_secrets()
    server.close()


def registers_again(ctx):
    """A client is registered again if its secret has expired, or if the server does not know it any more, and otherwise never."""
    server = SignInServer(secret_expires=-10)
    home = Home(ctx, server, "registers-again")
    home.auth("login", "remote")
    server.secret_expires = 3600
    for registered in (2, 2):
        home.auth("login", "remote")
        ctx.equal(server.registered, registered, "registrations")
    server.forgotten = {"client-2"}
    _, err = home.auth("login", "remote")
    ctx.equal(server.registered, 3, "registrations")
    ctx.check(SIGNED_IN in err, err)
    home.check_no_secrets()
    server.close()


def browser_does_not_return(ctx):
    """The authorization server keeps the browser. Nobody is signed in, but the registration is kept for the next try."""
    server = SignInServer(comes_back=False)
    home = Home(ctx, server, "away")
    process = home.start("login", "remote")
    home.read_until(process, "/authorize?")
    ctx.wait(home.page.exists, "the browser shows the page of the authorization server")
    _, err = home.auth("login", "remote", status=1)
    ctx.check("(login.busy)" in err, err)
    process.terminate()
    home.end(process, status=None)
    ctx.equal(home.state_word(), "not asked for", "the state")
    server.comes_back = True
    home.auth("login", "remote")
    ctx.equal(server.registered, 1, "registrations")
    server.close()


def run(ctx):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(check, ctx, number, *row) for number, row in enumerate(TABLE)]:
            done.result()
    registers_again(ctx)
    browser_does_not_return(ctx)
