// Signs in with `callgate auth` at oidc-provider, an authorization server that many products use, behind TLS with an authority of its own. The
// server gives each refresh token once, and revokes all tokens of a sign-in if one is used twice. A curl that keeps cookies is the browser.
// usage: sign_in.mjs CALLGATE FOLDER     (FOLDER has ca.pem, cert.pem and key.pem)
import { spawn } from "node:child_process";
import fs from "node:fs";
import https from "node:https";
import path from "node:path";
import Provider, { errors } from "oidc-provider";

const [callgate, folder] = process.argv.slice(2);
const file = (name) => path.join(folder, name);
const counts = { refreshes: 0, replays: 0, registrations: 0, calls: 0 };
let failures = 0;

function expect(condition, what) {
  console.log(`${condition ? "ok     " : "FAILED "} ${what}`);
  if (!condition) failures += 1;
}

// The servers

const listener = https.createServer({ key: fs.readFileSync(file("key.pem")), cert: fs.readFileSync(file("cert.pem")) });
await new Promise((resolve) => listener.listen(0, "localhost", resolve));
const origin = `https://localhost:${listener.address().port}`;
const mcp = `${origin}/mcp`;

const provider = new Provider(origin, {
  clients: [
    { client_id: "device", token_endpoint_auth_method: "none", redirect_uris: [], response_types: [], application_type: "native",
      grant_types: ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"] },
  ],
  features: {
    registration: { enabled: true, initialAccessToken: false },
    devInteractions: { enabled: false },
    deviceFlow: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
      getResourceServerInfo: (_, resource) => {
        if (resource !== mcp) throw new errors.InvalidTarget();
        return { scope: "read", audience: resource, accessTokenFormat: "opaque", accessTokenTTL: 31 };
      },
    },
  },
  pkce: { required: () => true },
  rotateRefreshToken: true,
  issueRefreshToken: () => true,
  scopes: ["openid", "offline_access", "read"],
  clientDefaults: { token_endpoint_auth_method: "none" },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  cookies: { keys: ["a test"] },
});
provider.on("grant.success", (ctx) => (counts.refreshes += ctx.oidc.params.grant_type === "refresh_token"));
provider.on("grant.error", (ctx) => (counts.replays += ctx.oidc.params?.grant_type === "refresh_token"));
provider.on("registration_create.success", () => (counts.registrations += 1));

/** Logs in and agrees to everything at once. */
async function interact(request, response) {
  const { prompt, params, grantId } = await provider.interactionDetails(request, response);
  if (prompt.name === "login") return provider.interactionFinished(request, response, { login: { accountId: "ada" } });
  const grant = (grantId && (await provider.Grant.find(grantId))) || new provider.Grant({ accountId: "ada", clientId: params.client_id });
  grant.addOIDCScope("openid offline_access read");
  grant.addResourceScope(mcp, "read");
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}

async function answerMcp(request, response) {
  const send = (status, body, fields = {}) => {
    response.writeHead(status, { "Content-Type": "application/json", ...fields });
    response.end(body === undefined ? "" : JSON.stringify(body));
  };
  let text = "";
  for await (const part of request) text += part;
  if (request.method !== "POST") return send(405, {});
  const token = await provider.AccessToken.find((request.headers.authorization ?? "").replace(/^Bearer /, ""));
  if (!token || token.aud !== mcp)
    return send(401, {}, { "WWW-Authenticate": `Bearer resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp", scope="read"` });
  const { id, method } = JSON.parse(text);
  if (id === undefined) return send(202);
  const results = {
    initialize: { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "oidc", version: "1" } },
    "tools/list": { tools: [{ name: "whoami", inputSchema: { type: "object" } }] },
    "tools/call": { content: [{ type: "text", text: `you are ${token.accountId}` }] },
  };
  counts.calls += method === "tools/call";
  if (results[method]) return send(200, { jsonrpc: "2.0", id, result: results[method] });
  return send(200, { jsonrpc: "2.0", id, error: { code: -32601, message: "no such method" } });
}

listener.on("request", (request, response) => {
  if (request.url === "/mcp") return answerMcp(request, response);
  if (request.url.startsWith("/interaction/")) return interact(request, response);
  if (request.url === "/.well-known/oauth-protected-resource/mcp") {
    response.writeHead(200, { "Content-Type": "application/json" });
    return response.end(JSON.stringify({ resource: mcp, authorization_servers: [origin], scopes_supported: ["read"] }));
  }
  return provider.callback()(request, response);
});

// The commands

function home(name, auth) {
  const dir = file(name);
  fs.mkdirSync(dir);
  fs.writeFileSync(path.join(dir, "config.json"), JSON.stringify({ mcpServers: { remote: { url: mcp, auth } } }));
  const curl = `curl -sL --cacert ${file("ca.pem")} -b ${dir}/jar -c ${dir}/jar`;
  return {
    curl,
    env: { PATH: process.env.PATH, HOME: dir, CALLGATE_CONFIG: path.join(dir, "config.json"), CALLGATE_STATE: path.join(dir, "state"),
           SSL_CERT_FILE: file("ca.pem"), BROWSER: `${curl} -o ${dir}/page` },
  };
}

function run(env, command, words, onLine = () => {}) {
  return new Promise((resolve) => {
    const child = spawn(command, words, { env, stdio: ["ignore", "pipe", "pipe"] });
    let out = "", err = "";
    child.stdout.on("data", (some) => (out += some));
    child.stderr.on("data", (some) => {
      err += some;
      onLine(err);
    });
    child.on("exit", (status) => resolve({ status, out, err }));
  });
}
const gate = (at, ...words) => run(at.env, callgate, words);

async function browser() {
  const at = home("browser", {});
  const doctor = await gate(at, "auth", "doctor", "remote");
  expect(doctor.status === 0 && doctor.out.includes("client registration"), `the doctor finds the registration: ${doctor.err}`);
  const login = await gate(at, "auth", "login", "remote");
  expect(login.status === 0, `the browser signs in: ${login.err.split("\n").at(-2)}`);
  expect(fs.readFileSync(path.join(at.env.HOME, "page"), "utf8").includes("You are signed in"), "the last page says so");
  // Each round, three processes want a token that has just expired.
  for (let round = 0; counts.refreshes < 3 && round < 300; ++round) {
    const before = counts.refreshes;
    const calls = await Promise.all([1, 2, 3].map(() => gate(at, "call", "remote__whoami")));
    const good = calls.filter((call) => call.status === 0 && call.out.includes("you are ada"));
    if (good.length < 3 || counts.refreshes > before + 1)
      return expect(false, `three calls at once: ${calls.map((call) => call.err)}, ${counts.refreshes - before} refreshes`);
  }
  expect(counts.refreshes >= 3 && counts.replays === 0, `${counts.calls} calls, ${counts.refreshes} refreshes, ${counts.replays} refused`);
  const again = await gate(at, "auth", "login", "remote");
  expect(again.status === 0 && counts.registrations === 1, "a second login uses the registration");
  const logout = await gate(at, "auth", "logout", "remote");
  expect(logout.status === 0 && !logout.err.includes("stay valid"), `signed out: ${logout.err.trim()}`);
  const call = await gate(at, "call", "remote__whoami");
  expect(call.status !== 0, "no call works afterwards");
}

async function device() {
  const at = home("device", { way: "device", client_id: "device", scopes: ["read", "offline_access"] });
  let typed = null;
  const type = async (code) => {
    const curl = at.curl.split(" ");
    const ask = (...words) => run(at.env, curl[0], [...curl.slice(1), ...words]);
    const page = (await ask(`${origin}/device`)).out;
    const xsrf = page.match(/name="xsrf" value="([^"]+)"/)[1];
    const confirm = (await ask("-d", `xsrf=${xsrf}&user_code=${code}`, `${origin}/device`)).out;
    const second = confirm.match(/name="xsrf" value="([^"]+)"/)[1];
    await ask("-d", `xsrf=${second}&user_code=${code}&confirm=yes`, `${origin}/device`);
  };
  const login = await run(at.env, callgate, ["auth", "login", "remote"], (err) => {
    const code = err.match(/^([A-Z0-9]{4}-[A-Z0-9]{4})$/m);
    if (code && !typed) typed = type(code[1]);
  });
  await typed;
  expect(login.status === 0, `the code signs in: ${login.err.split("\n").slice(-3).join(" ")}`);
  const call = await gate(at, "call", "remote__whoami");
  expect(call.out.includes("you are ada"), `a call works: ${call.err}`);
}

await browser();
await device();
listener.close();
listener.closeAllConnections();
console.log(failures === 0 ? "passed" : `${failures} failed`);
process.exit(failures === 0 ? 0 : 1);
