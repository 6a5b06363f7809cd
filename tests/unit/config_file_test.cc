// The file as a whole: its grammar, servers, limits and record. Every error names its line.
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "config_test.h"

using namespace callgate;

TEST_CASE("an example with every key is read with its values") {
  const LoadedConfig loaded = parsed(R"({
    "$schema": "https://example.org/schema.json",  // ignored
    "mcpServers": {
      "filesystem": { "type": "stdio", "command": "npx", "args": ["-y", "server", "/data"], "env": {"TOKEN": "${cmd:op read x}"},
                      "cwd": "~/projects", "disabled": true, "prefix": "never", "start_timeout": "10s", "call_timeout": "1m",
                      "call_cap": "2h", "env_pass": ["MY_VAR"], "tools": {"hide": ["move_*"]} },
      "a.b c/é": { "command": "x" },
    },
    "policy": {"default": "ask", "deny": ["*__delete_*"], "ask": [], "allow": []},
    "protect": {"record": "off"},
    "record": {"durability": "fsync", "on_failure": "allow", "keep": {"days": 7, "bytes": "1GiB"}, "body_limit": "64KiB"},
    "limits": {"line": "32MiB", "in_flight": 10, "servers": 12, "tools": 13, "pages": 14, "stderr_kept": "2KiB",
               "depth": 100, "nodes": 1000, "first_list": "5s"},
  })");
  CHECK(loaded.errors.empty());
  const Config& config = loaded.config;
  CHECK(config.path == "config.json");
  REQUIRE(config.servers.size() == 2);
  const ServerConfig& fs = config.servers[0];
  CHECK(fs.name == "filesystem");
  CHECK(fs.command == "npx");
  CHECK(fs.args == std::vector<std::string>{"-y", "server", "/data"});
  CHECK(fs.env == std::vector<std::pair<std::string, std::string>>{{"TOKEN", "${cmd:op read x}"}});
  CHECK(fs.env_pass == std::vector<std::string>{"MY_VAR"});
  CHECK(fs.cwd == "/home/me/projects");
  CHECK(fs.disabled);
  CHECK(fs.prefix == Prefix::Never);
  CHECK(fs.start_timeout == Millis(10'000));
  CHECK(fs.call_timeout == Millis(60'000));
  CHECK(fs.call_cap == Millis(7'200'000));
  CHECK(fs.hide == std::vector<std::string>{"move_*"});
  CHECK(config.servers[1].name == "a.b c/é");
  CHECK(config.policy.fallback == RuleList::Ask);
  CHECK(config.policy.deny.size() == 1);
  CHECK(config.policy.servers == std::vector<std::string>{"filesystem", "a.b c/é"});
  CHECK_FALSE(config.record.mask);
  CHECK(config.record.durability == Durability::Fsync);
  CHECK(config.record.on_failure == RecordConfig::OnFailure::Allow);
  CHECK(config.record.keep_days == 7);
  CHECK(config.record.keep_bytes == uint64_t{1} << 30);
  CHECK(config.record.body_limit == 64 * 1024);
  CHECK(config.limits.line == size_t{32} << 20);
  CHECK(config.limits.queue == size_t{64} << 20);  // not given: twice `line`
  CHECK(config.limits.in_flight == 10);
  CHECK(config.limits.nodes == 1000);
  CHECK(config.limits.first_list == Millis(5000));
}

TEST_CASE("an empty object is read as a configuration with the defaults") {
  const LoadedConfig loaded = parsed("{}");
  CHECK(loaded.errors.empty());
  CHECK(loaded.config.servers.empty());
  CHECK(loaded.config.policy.fallback == RuleList::Allow);
  CHECK(loaded.config.record.mask);
  CHECK(loaded.config.record.durability == Durability::Before);
  CHECK(loaded.config.limits.queue == size_t{32} << 20);
}

TEST_CASE("comments, trailing commas and a byte order mark are accepted, a lone comma is not") {
  CHECK(parsed("\xef\xbb\xbf// c\n{/* x */\"policy\": {\"deny\": [],},}\n").errors.empty());
  CHECK(only_error(parsed("{,}")).rfind("config.not_json config.json:1:2: ", 0) == 0);
  CHECK(only_error(parsed("{\n\n\"policy\": tru\n}"))
            .rfind("config.not_json config.json:3:11: ", 0) == 0);
  CHECK(only_error(parsed("{ /* open")).rfind("config.not_json config.json: ", 0) == 0);
  CHECK(only_error(parsed("")).rfind("config.not_json ", 0) == 0);
  CHECK(only_error(parsed("[]"))
            .rfind("config.type config.json:1:1: is a list, must be an object", 0) == 0);
}

TEST_CASE("the error for an unknown key has its line and the nearest known key") {
  CHECK(only_error(
            parsed("{\n\"mcpServers\": {\"fs\": {\"command\": \"x\",\n\"comand\": \"y\"}}}")) ==
        "config.unknown_key config.json:3:1: mcpServers.fs.comand: no such key; did you mean "
        "\"command\"?");
  CHECK(only_error(parsed(R"({"polcy": {}})")) ==
        "config.unknown_key config.json:1:2: polcy: no such key; did you mean \"policy\"?");
  CHECK(has_error(parsed(R"({"zzzzzz": 1})"),
                  "remove the key; the keys of this object are \"$schema\", \"mcpServers\""));
}

TEST_CASE("keys that are planned for later versions are unknown") {
  for (const char* key : {"start"})
    CHECK(has_error(parsed(std::string(R"({"mcpServers": {"fs": {"command": "x", ")") + key +
                           R"(": "auto"}}})"),
                    "config.unknown_key"));
  CHECK(has_error(parsed(R"({"gateway": {"auto_start": true}})"), "config.unknown_key"));
  CHECK(has_error(parsed(R"({"protect": {"args": "tag"}})"), "config.unknown_key"));
  CHECK(has_error(with_policy(R"({"limits": []})"), "config.unknown_key"));
}

TEST_CASE("the login shell is asked for its PATH unless the configuration turns that off") {
  CHECK(parsed("{}").config.gateway.login_path == LoginPath::Auto);
  CHECK(parsed(R"({"gateway": {"login_path": "off"}})").config.gateway.login_path ==
        LoginPath::Off);
  CHECK(has_error(parsed(R"({"gateway": {"login_path": "on"}})"), "config.value"));
}

TEST_CASE("a key that occurs twice is an error with the line of the second one") {
  CHECK(
      only_error(parsed("{\"policy\": {},\n\"pol\\u0069cy\": {}}")) ==
      "config.duplicate_key config.json:2:1: policy: this key occurs twice in its object; keep one "
      "of them");
  CHECK(has_error(parsed(R"({"mcpServers": {"a": {"command": "x"}, "a": {"command": "y"}}})"),
                  "config.duplicate_key"));
  CHECK(has_error(parsed(R"({"$schema": [{"a": 1, "a": 2}]})"), "config.duplicate_key"));
}

TEST_CASE("all errors are collected") {
  const LoadedConfig loaded = parsed(
      R"({"mcpServers": {"a": {"command": 1, "args": "x", "disabled": "no"}}, "x": 1, "limits": {"line": -1}})");
  CHECK(loaded.errors.size() == 2);
  CHECK(loaded.broken.size() == 3);
}

TEST_CASE("the error for a value of the wrong type names both types") {
  CHECK(
      only_error(parsed(R"({"mcpServers": {"a": {"command": ["x"]}}})")) ==
      "config.type config.json:1:23: mcpServers.a.command: is a list, must be a string; change it "
      "to a string");
  CHECK(has_error(parsed(R"({"mcpServers": []})"), "config.type"));
  CHECK(has_error(parsed(R"({"mcpServers": {"a": null}})"), "is null, must be an object"));
  CHECK(has_error(parsed(R"({"mcpServers": {"a": {"command": "x", "args": [{}]}}})"),
                  "mcpServers.a.args[0]: is an object"));
  CHECK(has_error(parsed(R"({"mcpServers": {"a": {"command": "x", "env": {"A": [1]}}}})"),
                  "mcpServers.a.env.A: is a list"));
  CHECK(has_error(parsed(R"({"mcpServers": {"a": {"command": "x", "start_timeout": 30}}})"),
                  "a duration such as"));
  CHECK(has_error(parsed(R"({"record": {"keep": {"days": 1.5}}})"), "whole number"));
  CHECK(has_error(parsed(R"({"protect": {"record": true}})"), "one of \"mask\", \"off\""));
}

TEST_CASE("a server needs a name and a command") {
  CHECK(has_error(parsed(R"({"mcpServers": {"": {"command": "x"}}})"), "needs a name"));
  CHECK(
      has_error(parsed(R"({"mcpServers": {"a\u0007": {"command": "x"}}})"), "control characters"));
  CHECK(
      has_error(parsed(R"({"mcpServers": {"a\u0085": {"command": "x"}}})"), "control characters"));
  CHECK(parsed(R"({"mcpServers": {")" + std::string(64, 'n') + R"(": {"command": "x"}}})")
            .errors.empty());
  CHECK(
      has_error(parsed(R"({"mcpServers": {")" + std::string(65, 'n') + R"(": {"command": "x"}}})"),
                "longer than 64"));
  CHECK(has_error(parsed(R"({"mcpServers": {"a": {}}})"), "\"command\" or \"url\" is missing"));
  CHECK(has_error(parsed(R"({"mcpServers": {"a": {"command": ""}}})"), "command is empty"));
  CHECK(has_error(parsed(R"({"mcpServers": {"a": {"command": "x", "args": ["\u0000"]}}})"), "NUL"));
  CHECK(has_error(parsed(R"({"mcpServers": {"a": {"command": "x", "env": {"A=B": "1"}}}})"),
                  "not the name of a variable"));
  CHECK(has_error(parsed(R"({"mcpServers": {"a": {"command": "x", "cwd": "relative"}}})"),
                  "not an absolute folder"));
  CHECK(has_error(parsed(R"({"mcpServers": {"a": {"command": "x", "call_timeout": "2h"}}})"),
                  "shorter than"));
}

TEST_CASE("pipes or sockets can be chosen for a server's stdin and stdout") {
  const auto of = [](const std::string& stdio) {
    return parsed(R"({"mcpServers": {"a": {"command": "x", "stdio": ")" + stdio + R"("}}})");
  };
  CHECK(parsed(R"({"mcpServers": {"a": {"command": "x"}}})").config.servers.at(0).stdio ==
        ChildStdio::Auto);
  CHECK(of("auto").config.servers.at(0).stdio == ChildStdio::Auto);
  CHECK(of("pipes").config.servers.at(0).stdio == ChildStdio::Pipes);
  CHECK(of("sockets").config.servers.at(0).stdio == ChildStdio::Sockets);
  CHECK(has_error(of("files"), "one of \"auto\", \"pipes\", \"sockets\""));
}

TEST_CASE(
    "a server is refused if its name looks like that of an earlier one; the others are kept") {
  for (const char* name : {"GitHub", "g\\u0456thub", "git\\u200dhub", "github\\ufe0f", "g1thub "}) {
    const bool alike = std::string_view(name) != "g1thub ";
    const LoadedConfig loaded =
        parsed(R"({"mcpServers": {"github": {"command": "x"}, ")" + std::string(name) +
               R"(": {"command": "y"}, "other": {"command": "z"}}})");
    CHECK(loaded.errors.empty());
    REQUIRE(loaded.config.servers.size() == 3);
    CHECK_FALSE(loaded.config.servers[0].broken);
    CHECK_FALSE(loaded.config.servers[2].broken);
    const Error broken = loaded.config.servers[1].broken.value_or(Error{});
    CHECK((broken.message.find("looks like that of another server, \"github\"") !=
           std::string::npos) == alike);
  }
  CHECK(has_error(parsed(R"({"mcpServers": {"a\u202eb": {"command": "x"}}})"), "invisible"));
  CHECK(has_error(parsed(R"({"mcpServers": {"a\u200b": {"command": "x"}}})"), "invisible"));
  CHECK(
      parsed(R"({"mcpServers": {"s1": {"command": "x"}, "s2": {"command": "x"}}})").broken.empty());
}

TEST_CASE("an error in one server's entry disables only that server") {
  for (const char* bad :
       {R"(5)", R"(null)", R"([])", R"({})", R"({"command": "x", "argz": []})",
        R"({"command": "x", "args": "y"})", R"({"command": "x", "call_timeout": "soon"})",
        R"({"command": "x", "command": "y"})", R"({"command": "x", "env": {"A": "1", "A": "2"}})",
        R"({"url": "ftp://x"})", R"({"type": "http"})", R"({"command": "x", "cwd": "a"})"}) {
    CAPTURE(bad);
    const LoadedConfig loaded =
        parsed(std::string(R"({"mcpServers": {"bad": )") + bad + R"(, "good": {"command": "g"}}})");
    CHECK(loaded.errors.empty());
    CHECK_FALSE(loaded.broken.empty());
    REQUIRE(loaded.config.servers.size() == 2);
    REQUIRE(loaded.config.servers[0].broken);
    CHECK(loaded.config.servers[0].broken->message.find("config.json:1:") == 0);
    CHECK_FALSE(loaded.config.servers[1].broken);
  }
  // Rules may name that server. An error outside of the servers' entries is an error of the whole
  // file.
  CHECK(parsed(R"({"mcpServers": {"bad": {}}, "policy": {"deny": ["bad__x"]}})").errors.empty());
  CHECK_FALSE(
      parsed(R"({"mcpServers": {"a": {"command": "x"}, "a": {"command": "x"}}})").errors.empty());
  CHECK_FALSE(parsed(R"({"mcpServers": {"a": {}}, "policy": {"denny": []}})").errors.empty());
}

TEST_CASE("entries of clients' files are accepted without changes") {
  const LoadedConfig loaded = parsed(R"({"mcpServers": {
    "cline": {"command": "npx", "args": ["-p", 8080, true, 1.5], "env": {"PORT": 8080, "ON": true, "NONE": null},
              "autoApprove": ["read"], "alwaysAllow": [], "timeout": 60, "disabled": false, "type": "stdio"},
    "vscode": {"command": "x", "envFile": "${workspaceFolder}/.env", "description": "text", "dev": {}, "cwd": null},
    "gemini": {"command": "x", "trust": true, "excludeTools": ["write"], "includeTools": ["read", "write"], "timeout": 600000},
    "codex": {"command": "x", "enabled": false, "startup_timeout_sec": 20, "tool_timeout_sec": 60.5,
              "env_vars": ["A", {"name": "B", "source": "local"}], "disabled_tools": ["x"], "enabled_tools": []},
    "copilot": {"type": "local", "command": "x", "tools": ["*"], "args": null},
    "other": {"transport": "stdio", "command": "x", "name": "Other", "icon": "x.png", "version": "1"},
    "goose": {"command": "x", "available_tools": ["read"]},
    "goose-all": {"command": "x", "available_tools": []}}})");
  CHECK(loaded.errors.empty());
  CHECK(loaded.broken.empty());
  const auto& servers = loaded.config.servers;
  REQUIRE(servers.size() == 8);
  CHECK(servers[6].only == std::vector<std::string>{"read"});
  CHECK_FALSE(servers[7].only);
  CHECK(servers[0].args == std::vector<std::string>{"-p", "8080", "true", "1.5"});
  CHECK(servers[0].env ==
        std::vector<std::pair<std::string, std::string>>{{"PORT", "8080"}, {"ON", "true"}});
  CHECK(servers[2].hide == std::vector<std::string>{"write"});
  CHECK(servers[2].only == std::vector<std::string>{"read", "write"});
  CHECK(servers[3].disabled);
  CHECK(servers[3].env_pass == std::vector<std::string>{"A", "B"});
  CHECK(servers[3].only == std::vector<std::string>{});
  CHECK(servers[4].only == std::vector<std::string>{"*"});
  // Each ignored key has one note: three of Cline's, two of VS Code's, two of Gemini's, two of
  // Codex's.
  CHECK(loaded.notes.size() == 9);
  CHECK(loaded.notes[0].key == "mcpServers.cline.autoApprove");
  CHECK(loaded.notes[0].next.find("policy") != std::string::npos);
}

TEST_CASE("a value at a limit is accepted and a greater one is refused") {
  CHECK(parsed(R"({"limits": {"line": "64MiB"}})").errors.empty());
  CHECK(has_error(parsed(R"({"limits": {"line": 67108865}})"), "out of range"));
  CHECK(parsed(R"({"limits": {"line": 2048, "queue": 4096}})").errors.empty());
  CHECK(has_error(parsed(R"({"limits": {"line": 2048, "queue": 4095}})"),
                  "at least twice limits.line"));
  CHECK(parsed(R"({"limits": {"depth": 1024}})").errors.empty());
  CHECK(has_error(parsed(R"({"limits": {"depth": 1025}})"), "out of range"));
  CHECK(has_error(parsed(R"({"limits": {"servers": 0}})"), "out of range"));
  CHECK(
      parsed(
          R"({"limits": {"servers": 2}, "mcpServers": {"a": {"command": "x"}, "b": {"command": "x"}}})")
          .errors.empty());
  CHECK(has_error(
      parsed(
          R"({"limits": {"servers": 1}, "mcpServers": {"a": {"command": "x"}, "b": {"command": "x"}}})"),
      "more than limits.servers"));
  CHECK(has_error(parsed(R"({"limits": {"lines": 1}})"), "did you mean \"line\""));
}

TEST_CASE("durations and sizes consist of digits and one unit") {
  CHECK(parse_duration("200ms") == Millis(200));
  CHECK(parse_duration("90s") == Millis(90'000));
  CHECK(parse_duration("5m") == Millis(300'000));
  CHECK(parse_duration("1h") == Millis(3'600'000));
  CHECK(parse_duration("2d") == Millis(172'800'000));
  for (const char* bad : {"", "5", "m", "-5m", "+5m", " 5m", "5 m", "5M", "1.5h", "1h30m",
                          "99999999999999999999s", "9007199254740993d"})
    CHECK_FALSE(parse_duration(bad));
  CHECK(parse_bytes("512") == 512);
  CHECK(parse_bytes("512B") == 512);
  CHECK(parse_bytes("256KiB") == 256 * 1024);
  CHECK(parse_bytes("2GiB") == uint64_t{2} << 30);
  for (const char* bad : {"", "KiB", "-1", "1KB", "1kib", "1.5MiB", "0x10", "18446744073709551616",
                          "9223372036854775807KiB"})
    CHECK_FALSE(parse_bytes(bad));
}

TEST_CASE("the nearest word is returned only if it differs little") {
  const std::vector<std::string> known = {"command", "cwd", "env"};
  CHECK(nearest("comand", known) == "command");
  CHECK(nearest("Command", known) == "command");
  CHECK_FALSE(nearest("enabled", {"disabled"}));
  CHECK_FALSE(nearest("enable", {"disabled"}));
  CHECK_FALSE(nearest("inside", {"outside"}));
  CHECK_FALSE(nearest("include", {"exclude"}));
  CHECK_FALSE(nearest("pinned", {"unpinned"}));
  CHECK(nearest("nside", {"inside", "outside"}) == "inside");
  CHECK(nearest("disable", {"disabled"}) == "disabled");
  CHECK_FALSE(nearest("xyz", known));
  CHECK_FALSE(nearest("", known));
  CHECK_FALSE(nearest("something", known));
  CHECK_FALSE(nearest(std::string(10'000, 'c'), known));
}

TEST_CASE("control characters of a file are escaped in errors") {
  const LoadedConfig loaded = parsed(R"({"\u001b[31mx\u009b": 1})");
  REQUIRE(loaded.errors.size() == 1);
  CHECK(loaded.errors[0].message.find('\x1b') == std::string::npos);
  CHECK(loaded.errors[0].message.find("\\x1b[31mx\\u009b") != std::string::npos);
}

namespace {

// A folder that is removed after the test.
struct Folder {
  std::string path = "/tmp/callgate-config-XXXXXX";
  Folder() { REQUIRE(mkdtemp(path.data()) != nullptr); }
  ~Folder() {
    unlink((path + "/config.json").c_str());
    rmdir(path.c_str());
  }
};

struct Variable {
  const char* name;
  std::string old;
  bool had;
  Variable(const char* n, const char* value) : name(n) {
    const char* before = getenv(n);
    had = before != nullptr;
    if (had) old = before;
    value ? setenv(n, value, 1) : unsetenv(n);
  }
  ~Variable() { had ? setenv(name, old.c_str(), 1) : unsetenv(name); }
};

}  // namespace

TEST_CASE("the error for a missing file suggests how to begin") {
  const Folder folder;
  const LoadedConfig loaded = load_config(folder.path + "/config.json", "/home/me");
  REQUIRE(loaded.errors.size() == 1);
  CHECK(loaded.errors[0].code == "config.missing");
  CHECK(loaded.errors[0].next.find("{\"mcpServers\"") != std::string::npos);
  CHECK(load_config(folder.path, "/home/me").errors.at(0).code == "config.unreadable");
}

TEST_CASE("a file of 4 MiB is read and a larger one is refused") {
  const Folder folder;
  const std::string path = folder.path + "/config.json";
  const size_t most = size_t{4} << 20;
  std::ofstream(path) << "{}" << std::string(most - 2, ' ');
  CHECK(load_config(path, "/home/me").errors.empty());
  std::ofstream(path) << "{}" << std::string(most - 1, ' ');
  CHECK(load_config(path, "/home/me").errors.at(0).message.find("larger than 4 MiB") !=
        std::string::npos);
}

TEST_CASE("places are taken from the option, then the variables, then the XDG folders") {
  const Variable home("HOME", "/home/me/"), config("CALLGATE_CONFIG", nullptr),
      state("CALLGATE_STATE", nullptr);
  const Variable config_home("XDG_CONFIG_HOME", nullptr), state_home("XDG_STATE_HOME", nullptr);
  CHECK(find_places("")->config_file == "/home/me/.config/callgate/config.json");
  CHECK(find_places("")->state_dir == "/home/me/.local/state/callgate");
  CHECK(find_places("")->database() == "/home/me/.local/state/callgate/callgate.db");
  {
    const Variable relative("XDG_CONFIG_HOME", "relative"), absolute("XDG_STATE_HOME", "/state/");
    CHECK(find_places("")->config_file == "/home/me/.config/callgate/config.json");
    CHECK(find_places("")->state_dir == "/state/callgate");
  }
  const Variable named("CALLGATE_CONFIG", "/etc/c.json"), named_state("CALLGATE_STATE", "/var/s/");
  CHECK(find_places("")->config_file == "/etc/c.json");
  CHECK(find_places("")->state_dir == "/var/s");
  CHECK(find_places("/opt/c.json")->config_file == "/opt/c.json");
  CHECK(find_places("./c.json")->config_file.front() == '/');
}
