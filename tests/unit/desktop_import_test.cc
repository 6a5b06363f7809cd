#include "desktop/imports/env_file.h"
#include "desktop_support.h"

namespace callgate {

namespace {

struct Taken {
  Home home;
  ServerImport of(std::string_view client, std::string_view json,
                  ClientScope scope = ClientScope::User) {
    return import_server("x", json, home.file(client, scope), home.machine);
  }
};

std::string line(const ServerImport& imported) {
  return shell_line(imported.server.command, imported.server.args);
}

std::string env(const ServerImport& imported) {
  std::string out;
  for (const auto& [name, value] : imported.server.env) out += name + "=" + value + ";";
  return out;
}

}  // namespace

TEST_CASE("a stdio server is imported unchanged") {
  Taken taken;
  const ServerImport x = taken.of(
      "claude-desktop", R"({"command":"npx","args":["-y","a b"],"env":{"K":"v$x$$y${z}"}})");
  CHECK_EQ(x.decision, ImportDecision::Take);
  CHECK_EQ(line(x), "npx -y 'a b'");
  CHECK_EQ(env(x), "K=v$x$$$y$${z};");
}

TEST_CASE("variables of VS Code and Cursor are translated, or named as the reason to stay") {
  Taken taken;
  CHECK_EQ(
      env(taken.of("vscode",
                   R"({"command":"a","env":{"K":"${env:X}","H":"${userHome}/k","F":"p${/}q"}})")),
      "K=${env:X};H=" + taken.home.path + "/k;F=p/q;");
  const ServerImport told = taken.of("vscode", R"({"command":"a","env":{"K":"${config:key}"}})");
  CHECK_EQ(told.decision, ImportDecision::Stay);
  CHECK_EQ(told.why, "the variable K contains ${config:key}, whose value only VS Code knows");
  CHECK_EQ(taken.of("vscode", R"({"command":"a","args":["${workspaceFolder}"]})").decision,
           ImportDecision::Stay);
  CHECK_EQ(line(taken.of("vscode", R"({"command":"a","args":["${workspaceFolder}/b"]})",
                         ClientScope::Project)),
           "a " + taken.home.path + "/project/b");
  // A text that the client does not expand is not changed.
  CHECK_EQ(line(taken.of("cursor", R"({"command":"a","args":["H:${AUTH}"]})")), "a 'H:${AUTH}'");
}

TEST_CASE("a value for which VS Code prompts becomes a secret that must be set") {
  Taken taken;
  const ServerImport x = taken.of(
      "vscode", R"({"command":"a","env":{"K":"${input:my key}","L":"Bearer ${input:my key}"}})");
  CHECK_EQ(x.decision, ImportDecision::Take);
  CHECK_EQ(env(x), "K=${secret:my-key};L=Bearer ${secret:my-key};");
  CHECK_EQ(x.asked, std::vector<std::string>{"my-key"});
  CHECK_EQ(x.notes, std::vector<std::string>{
                        "VS Code asked the user for a value; callgate reads the value from the "
                        "secret my-key, so set this secret: callgate secret set my-key"});
  // In arguments, a variable refers to the secret, because only this keeps the value out of our
  // configuration.
  const ServerImport y = taken.of("vscode", R"({"command":"a","args":["--token=${input:t.1}"]})");
  CHECK_EQ(line(y), R"(sh -c 'exec a "--token=${SECRET_T_1:?is not set}"')");
  CHECK_EQ(env(y), "SECRET_T_1=${secret:t.1};");
  CHECK(y.server.env_pass.empty());
  const ServerImport z =
      taken.of("vscode",
               R"({"type":"http","url":"https://h/mcp","headers":{"Authorization":"${input:t}"}})");
  REQUIRE(z.server.remote);
  CHECK_EQ(z.server.remote->headers[0].second, "${secret:t}");
}

TEST_CASE("variables in arguments are expanded by a shell, which names a missing one") {
  Taken taken;
  const ServerImport x = taken.of("cursor", R"({"command":"a b","args":["--t=${env:T}","it's"]})");
  CHECK_EQ(x.server.command, "sh");
  REQUIRE_EQ(x.server.args.size(), 2);
  CHECK_EQ(x.server.args[1], "exec 'a b' \"--t=${T:?is not set}\" 'it'\\''s'");
  CHECK_EQ(x.server.env_pass, std::vector<std::string>{"T"});
  CHECK_EQ(x.notes.size(), 1);
}

TEST_CASE("Claude Code's ${X:-default} is translated") {
  Taken taken;
  const ServerImport x = taken.of(
      "claude-code",
      R"({"command":"a","args":["${D:-/var/x y}"],"env":{"K":"${X:-d\"$}","L":"a${Y}b"}})");
  CHECK_EQ(x.server.args[1], "exec a \"${D:-/var/x y}\"");
  CHECK_EQ(env(x), "K=${cmd:printf %s \"${X:-d\\\"\\$}\"};L=a${env:Y}b;");
  // A variable that the entry itself sets belongs to the server and is not expanded.
  CHECK_EQ(line(taken.of("claude-code", R"({"command":"a","args":["H:${T}"],"env":{"T":"v"}})")),
           "a 'H:${T}'");
}

TEST_CASE("Gemini's $X and opencode's {env:X} are translated") {
  Taken taken;
  CHECK_EQ(env(taken.of("gemini", R"({"command":"a","env":{"K":"$X-${Y}$"}})")),
           "K=${env:X}-${env:Y}$;");
  const ServerImport x = taken.of(
      "opencode",
      R"({"type":"local","command":["npx","-y","p"],"environment":{"K":"{env:X}","F":"{file:~/k}"},"enabled":false})");
  CHECK_EQ(line(x), "npx -y p");
  CHECK_EQ(env(x), "K=${env:X};F=${file:" + taken.home.path + "/k};");
  CHECK(x.server.disabled);
}

TEST_CASE("a server that only its client can start stays with it, and the reason is given") {
  Taken taken;
  CHECK_EQ(taken.of("goose", R"({"type":"builtin","name":"developer"})").why,
           "the server is of the type \"builtin\", which only Goose can start");
  CHECK_EQ(taken.of("zed", R"({"source":"extension","settings":{}})").why,
           "the server is of the type \"extension\", which only Zed can start");
  CHECK_EQ(taken.of("cursor", R"({})").why, "the server has neither a command nor a URL");
  CHECK_EQ(taken.of("cursor", "7").why, "the entry is not an object");
  CHECK_EQ(taken.of("cursor", R"({"command":"./a"})").decision, ImportDecision::Stay);
  CHECK_EQ(taken.of("cursor", R"({"command":"./a"})", ClientScope::Project).server.command,
           taken.home.path + "/project/./a");
  CHECK_EQ(taken.of("goose", R"({"type":"stdio","cmd":"a","env_keys":["K"]})").why,
           "Goose stores the value of K in its own keyring");
  taken.home.variables.emplace("K", "v");
  CHECK_EQ(env(taken.of("goose", R"({"type":"stdio","cmd":"a","env_keys":["K"]})")), "K=${env:K};");
}

TEST_CASE("Zed's older form of a command is read") {
  Taken taken;
  CHECK_EQ(line(taken.of("zed", R"({"command":{"path":"a","args":["b"],"env":{"K":"v"}}})")),
           "a b");
}

TEST_CASE("a note says which members of an entry no longer apply") {
  Taken taken;
  const ServerImport x = taken.of(
      "gemini", R"({"command":"a","trust":true,"includeTools":["r"],"excludeTools":["w"]})");
  REQUIRE_EQ(x.notes.size(), 1);
  CHECK_EQ(x.notes[0],
           "\"trust\" no longer has an effect: Gemini CLI asks the user again about each tool of "
           "callgate");
  CHECK_EQ(x.server.hide, std::vector<std::string>{"w"});
  CHECK(x.server.only == std::vector<std::string>{"r"});
}

TEST_CASE("an envFile's variables are copied, and the entry's own variables take precedence") {
  Taken taken;
  taken.home.write(taken.home.path + "/.env",
                   "# c\nexport A=1\nB=\"x\\ny\" # d\nC='q$$'\nD=e # f\n");
  const ServerImport x =
      taken.of("vscode", R"({"command":"a","envFile":"${userHome}/.env","env":{"A":"2"}})");
  CHECK_EQ(env(x), "A=2;B=x\ny;C=q$$$;D=e;");
  CHECK_EQ(taken.of("vscode", R"({"command":"a","envFile":"/none"})").decision,
           ImportDecision::Stay);
  CHECK_FALSE(parse_env_file("A=\"open").ok());
  CHECK_FALSE(parse_env_file("no").ok());
}

TEST_CASE("secrets are hidden in shown text, and servers that keep plain secrets are found") {
  const SecretHider hide = [](const std::string& text) { return text; };
  const std::vector<std::string> args{
      "--api-key",    "v1",         "--token=v2", "https://h/?a=1&api_key=v3&b=2",
      "PASSWORD: v4", "--key-file", "f",          "Authorization:${A}",
      "--secret",     "--x"};
  const auto shown = shown_arguments(args, hide);
  const std::string dots(kHidden);
  CHECK_EQ(shown,
           std::vector<std::string>{"--api-key", dots, "--token=" + dots,
                                    "https://h/?a=1&api_key=" + dots + "&b=2", "PASSWORD: " + dots,
                                    "--key-file", "f", "Authorization:${A}", "--secret", "--x"});
  ServerConfig server;
  server.args = args;
  server.env = {{"GITHUB_TOKEN", "v"},
                {"API_KEY", "${env:X}"},
                {"LANG", "C"},
                {"HEADER_AUTHORIZATION", "Bearer ${env:T}"}};
  CHECK_EQ(plain_secrets(server, hide), std::vector<std::string>{"GITHUB_TOKEN", "args"});
  CHECK_EQ(shown_variable("${env:X}"), "${env:X}");
  CHECK_EQ(shown_variable("${cmd:a ${B}}${env:C}"), "${cmd:a ${B}}${env:C}");
  CHECK_EQ(shown_variable("Bearer ${env:X}"), dots);
  CHECK_EQ(shown_variable("v"), dots);
  CHECK_EQ(shown_variable("${"), dots);
}

TEST_CASE("a command that starts callgate is recognised; a folder of that name is not") {
  CHECK(starts_callgate("/opt/bin/callgate", {}, ""));
  CHECK(starts_callgate("env", {"-i", "A=b", "callgate"}, ""));
  CHECK(starts_callgate("sh", {"-c", "exec callgate --profile x"}, ""));
  CHECK_FALSE(starts_callgate("npx", {"-y", "fs", "/home/me/callgate"}, ""));
  CHECK_FALSE(starts_callgate("mcp-callgate", {}, ""));
}

}  // namespace callgate
