"""A remote MCP server that wants a sign-in, and its authorization server, in one process. Each deviation from the rules is one keyword of
`SignInServer`. All secrets that it gives begin with `canary-`, so that a test can look for them."""
import base64
import hashlib
import http.server
import json
import threading
import time
import urllib.parse

USER_CODE = "WDJB-MJHT"

# What may be set, and the value of a server that obeys the rules.
RULES = {
    "mcp_path": "/mcp",
    "metadata_at": "header",       # where the resource metadata is: header, path, root, odd (only the header names it)
    "named_issuer": "",            # what the resource metadata adds to the origin to name the authorization server
    "issuer": "",                  # what the authorization server adds to the origin to name itself
    "issuer_metadata": "oauth",    # oauth, or oidc: only <issuer>/.well-known/openid-configuration
    "registration": "open",        # open, none, forbidden, unprocessable, html
    "client_documents": False,     # accepts the URL of a client metadata document as client_id
    "document_ports": None,        # the ports of redirect URIs that are accepted then
    "secret_expires": None,        # after so many seconds, the secret of a client expires, as the registration says
    "pkce": True,
    "refresh": True,               # gives refresh tokens
    "expires_in": 3600,
    "refusal": "401",              # how the server refuses: 401, bare (401 without the field), basic, 403, 400
    "strict": False,               # a new access token ends the old one; a refresh token that is used twice ends the sign-in
    "resource": "required",        # required, refused, or ignored: the parameter `resource`
    "audience": "right",           # wrong: the server does not accept the tokens of its authorization server
    "scopes": ["read"],
    "scope_steps": {},             # the scope that each tool needs
    "never_satisfied": False,      # the scope of a tool is never enough
    "denies": False,               # the user refuses
    "iss": "right",                # right, wrong, missing (although promised)
    "state": "right",              # wrong: the redirect has another state first
    "comes_back": True,            # False: the browser is never sent back
    "device_polls": 1,             # answers "pending" this often
    "token_status": 200,           # 200 with an error (GitHub), 307 to another place, 429
    "token_type": True,            # False: the answer lacks token_type
    "expires_text": False,         # expires_in is a string
    "metadata_redirect": None,     # where a request for the server's metadata is sent
    "metadata_bytes": 0,           # so many further bytes in the metadata
    "revocation": True,
}


class SignInServer:
    def __init__(self, **rules):
        unknown = set(rules) - set(RULES)
        if unknown:
            raise ValueError(f"no such rules: {unknown}")
        for name, value in {**RULES, **rules}.items():
            setattr(self, name, value)
        self.lock = threading.Lock()
        self.seen = []        # (method, path, form or JSON, fields)
        self.canaries = set()
        self.forgotten = set()  # clients that the token endpoint does not know any more
        self.clients, self.codes, self.access, self.families, self.devices = {}, {}, {}, {}, {}
        self.count = self.registered = self.revoked = self.replays = 0
        self.on_refresh = None  # (what to call, whether the answer is written first) at the next refresh
        handler = type("Handler", (Handler,), {"world": self})
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.http.daemon_threads = True
        self.http.handle_error = lambda *_: None  # a client that was killed
        self.port = self.http.server_address[1]
        self.origin = f"http://127.0.0.1:{self.port}"
        self.url = self.origin + self.mcp_path
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()

    def secret(self, kind):
        self.count += 1
        text = f"canary-{kind}-{self.count}-{self.port}"
        self.canaries.add(text)
        return text

    def asked(self, path):
        return [entry for entry in self.seen if entry[1].split("?")[0] == path]

    # The resource server

    def metadata_path(self):
        return {"header": "/.well-known/oauth-protected-resource" + self.mcp_path, "root": "/.well-known/oauth-protected-resource",
                "path": "/.well-known/oauth-protected-resource" + self.mcp_path, "odd": "/odd/metadata"}[self.metadata_at]

    def resource_metadata(self):
        return {"resource": self.url, "authorization_servers": [self.origin + self.named_issuer], "scopes_supported": self.scopes}

    def challenge(self, more=""):
        text = f'Bearer realm="mcp", scope="{" ".join(self.scopes)}"{more}'
        if self.metadata_at in ("header", "odd"):
            text += f', resource_metadata="{self.origin}{self.metadata_path()}"'
        return text

    def refuse(self, token):
        error = ', error="invalid_token"' if token else ""
        if self.refusal == "bare":
            return 401, {}, {}
        if self.refusal == "basic":
            return 401, {"WWW-Authenticate": 'Basic realm="mcp"'}, {}
        if self.refusal == "403":
            return 403, {}, {"error": "forbidden"}
        if self.refusal == "400" and token:
            return 400, {}, {"error": "invalid_token"}
        return 401, {"WWW-Authenticate": self.challenge(error)}, {}

    def mcp(self, body, token):
        grant = self.access.get(token)
        if not grant or grant["until"] < time.time() or self.audience == "wrong":
            return self.refuse(token)
        if "id" not in body:
            return 202, {}, None
        method, result = body["method"], None
        if method == "initialize":
            result = {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "sign-in", "version": "1"}}
        elif method == "tools/list":
            names = ["whoami", *self.scope_steps]
            result = {"tools": [{"name": name, "inputSchema": {"type": "object"}} for name in names]}
        elif method == "tools/call":
            needed = self.scope_steps.get(body["params"]["name"])
            if needed and (needed not in grant["scope"].split() or self.never_satisfied):
                return 403, {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{needed}"'}, {}
            result = {"content": [{"type": "text", "text": f"you are {grant['user']}"}]}
        if result is None:
            return 200, {}, {"jsonrpc": "2.0", "id": body["id"], "error": {"code": -32601, "message": "no such method"}}
        return 200, {}, {"jsonrpc": "2.0", "id": body["id"], "result": result}

    # The authorization server

    def server_metadata(self):
        at = self.origin
        data = {"issuer": at + self.issuer, "authorization_endpoint": at + "/authorize", "token_endpoint": at + "/token",
                "response_types_supported": ["code"], "scopes_supported": [*self.scopes, "offline_access"],
                "grant_types_supported": ["authorization_code", "refresh_token"],
                "token_endpoint_auth_methods_supported": ["none", "client_secret_post"],
                "authorization_response_iss_parameter_supported": self.iss != "unsaid",
                "device_authorization_endpoint": at + "/device", "padding": "x" * self.metadata_bytes}
        if self.pkce:
            data["code_challenge_methods_supported"] = ["S256"]
        if self.registration != "none":
            data["registration_endpoint"] = at + "/register"
        if self.client_documents:
            data["client_id_metadata_document_supported"] = True
        if self.revocation:
            data["revocation_endpoint"] = at + "/revoke"
        return data

    def metadata_paths(self):
        path = self.named_issuer.rstrip("/")
        if self.issuer_metadata == "oidc":
            return [path + "/.well-known/openid-configuration"]
        return ["/.well-known/oauth-authorization-server" + path]

    def register(self, body):
        if self.registration == "forbidden":
            return 403, {"Content-Type": "text/plain"}, "Forbidden"
        if self.registration == "unprocessable":
            return 422, {}, {"error": "invalid_client_metadata", "error_description": "no client may register"}
        if self.registration == "html":
            return 401, {"Content-Type": "text/html"}, "<html>log in first</html>"
        self.registered += 1
        client = f"client-{self.registered}"
        answer = {**body, "client_id": client}
        if not self.refresh:
            answer["grant_types"] = ["authorization_code"]
        if self.secret_expires is not None:
            answer.update(client_secret=self.secret("secret"), client_secret_expires_at=int(time.time() + self.secret_expires),
                          token_endpoint_auth_method="client_secret_post")
        self.clients[client] = answer
        return 201, {}, answer

    def client(self, form):
        """Returns whether this client is known and uses one of its redirect URIs."""
        name = form.get("client_id", "")
        redirect = form.get("redirect_uri")
        if name in self.clients:
            return redirect is None or redirect in self.clients[name].get("redirect_uris", [])
        if self.client_documents and name.startswith("https://"):
            return redirect is None or self.document_ports is None or urllib.parse.urlsplit(redirect).port in self.document_ports
        return name in ("device-client", "configured")

    def wrong_resource(self, form):
        given = form.get("resource")
        if self.resource == "required" and given != self.url:
            return "invalid_target"
        if self.resource == "refused" and given is not None:
            return "invalid_request"
        return None

    def authorize(self, query):
        if not self.client(query):
            return 400, {"Content-Type": "text/html"}, "<html>Invalid client or redirect URI</html>"
        if not self.comes_back:
            return 200, {"Content-Type": "text/html"}, "<html>log in here</html>"
        answer = {"state": query["state"]}
        if self.iss != "missing":
            answer["iss"] = "http://elsewhere.example" if self.iss == "wrong" else self.origin + self.issuer
        error = "access_denied" if self.denies else self.wrong_resource(query)
        if error:
            answer["error"] = error
        else:
            answer["code"] = self.secret("code")
            self.codes[answer["code"]] = query
        if self.state == "wrong":
            answer["state"] = "another"
        return 302, {"Location": query["redirect_uri"] + "?" + urllib.parse.urlencode(answer)}, None

    def grant(self, scope):
        access = self.secret("access")
        self.access[access] = {"until": time.time() + self.expires_in, "scope": scope, "user": "ada"}
        answer = {"access_token": access, "token_type": "Bearer", "expires_in": self.expires_in, "scope": scope}
        if not self.token_type:
            del answer["token_type"]
        if self.expires_text:
            answer["expires_in"] = str(self.expires_in)
        if self.refresh:
            answer["refresh_token"] = self.secret("refresh")
            self.families[answer["refresh_token"]] = scope
        return 200, {"Cache-Control": "no-store"}, answer

    def token(self, form):
        def refuse(error, status=400):
            return (200 if self.token_status == 200.1 else status), {}, {"error": error}

        if self.token_status == 307:
            return 307, {"Location": "http://127.0.0.1:9/token"}, None
        if self.token_status == 429:
            return 429, {"Retry-After": "120"}, {}
        for name in ("code_verifier", "client_secret"):
            if form.get(name):
                self.canaries.add(form[name])
        if not self.client({"client_id": form.get("client_id", "")}) or form.get("client_id") in self.forgotten:
            return refuse("invalid_client", 401)
        if self.wrong_resource(form):
            return refuse(self.wrong_resource(form))
        kind = form.get("grant_type")
        if kind == "authorization_code":
            asked = self.codes.pop(form.get("code"), None)
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if not asked or asked["code_challenge"] != challenge or asked["redirect_uri"] != form.get("redirect_uri"):
                return refuse("invalid_grant")
            return self.grant(asked.get("scope", ""))
        if kind == "refresh_token":
            scope = self.families.pop(form.get("refresh_token"), None)
            if self.strict:
                self.access.clear()
            if scope is not None:
                return self.grant(scope)
            self.replays += 1
            if self.strict:
                self.families.clear()
            return refuse("invalid_grant")
        if kind == "urn:ietf:params:oauth:grant-type:device_code":
            device = self.devices.get(form.get("device_code"))
            if not device:
                return refuse("expired_token")
            device["polls"] += 1
            return refuse("authorization_pending") if device["polls"] <= self.device_polls else self.grant(device["scope"])
        return refuse("unsupported_grant_type")

    def device(self, form):
        code = self.secret("device")
        self.devices[code] = {"polls": 0, "scope": form.get("scope", "")}
        return 200, {}, {"device_code": code, "user_code": USER_CODE, "verification_uri": self.origin + "/type-the-code",
                         "expires_in": 300, "interval": 1}

    def answer(self, method, path, query, fields, body):
        if path == self.mcp_path:
            if method != "POST":
                return 405, {}, {}
            return self.mcp(body, (fields.get("Authorization") or "").removeprefix("Bearer "))
        if path == self.metadata_path():
            return 200, {}, self.resource_metadata()
        if path in self.metadata_paths():
            if self.metadata_redirect:
                return 302, {"Location": self.metadata_redirect}, None
            return 200, {}, self.server_metadata()
        routes = {("POST", "/register"): lambda: self.register(body), ("GET", "/authorize"): lambda: self.authorize(query),
                  ("POST", "/token"): lambda: self.token(body), ("POST", "/device"): lambda: self.device(body),
                  ("POST", "/revoke"): lambda: self.revoke(body)}
        return routes.get((method, path), lambda: (404, {}, {}))()

    def revoke(self, form):
        self.revoked += 1
        self.access.pop(form.get("token"), None)
        self.families.pop(form.get("token"), None)
        return 200, {}, {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    world = None

    def handle_one(self):
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length).decode()
        if "json" in (self.headers.get("Content-Type") or ""):
            body = json.loads(raw)
        else:
            body = dict(urllib.parse.parse_qsl(raw))
        path, _, query = self.path.partition("?")
        fields = dict(urllib.parse.parse_qsl(query))
        with self.world.lock:
            self.world.seen.append((self.command, self.path, body or fields, dict(self.headers)))
            status, headers, answer = self.world.answer(self.command, path, fields, self.headers, body)
        refreshed = isinstance(body, dict) and body.get("grant_type") == "refresh_token" and status == 200
        then, answer_first = (refreshed and self.world.on_refresh) or (None, True)
        if then:
            self.world.on_refresh = None
            if not answer_first:
                then()
        headers = dict(headers)
        if answer is None:
            data = b""
        elif isinstance(answer, str):
            data = answer.encode()
        else:
            data = json.dumps(answer).encode()
            headers.setdefault("Content-Type", "application/json")
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        if then and answer_first:
            self.wfile.flush()
            then()

    do_GET = do_POST = do_DELETE = handle_one

    def log_message(self, *_):
        pass
