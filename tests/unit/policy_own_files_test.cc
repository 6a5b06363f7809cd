// Spellings of Callgate's own files, and changes of the folders above them.
#include "policy_test.h"

using namespace callgate;

namespace {

const std::vector<std::string> kOwn = {"/home/me/.config/callgate",
                                       "/home/me/.local/state/callgate"};

}  // namespace

TEST_CASE("our own files are protected under every folder to which a server may resolve a path") {
  PolicyPlaces places;
  places.servers["fs"] = {{"/home", "/home/me/.config"}, ""};
  PolicyWorld world("{}", kOwn, places);
  for (const char* args : {
           R"({"path": ".config/callgate/config.json"})",
           R"({"path": "./.config/callgate/config.json"})",
           R"({"path": "me/.config/callgate/config.json"})",
           R"({"path": "callgate/config.json"})",
           R"({"path": "callgate"})",
           R"({"x": "callgate"})",
           R"({"repo_path": "/home/me/.local/state", "files": ["callgate/callgate.db"]})",
           R"({"path": "$HOME/.config/callgate"})",
           R"({"paths": "[\".config/callgate/config.json\"]"})",
           R"({"cwd": "/home/me/.config/callgate", "file": "config.json"})",
       }) {
    CAPTURE(args);
    CHECK(world.tool("fs", "read", args).rule == "built-in: callgate's own files");
  }
  world.links["/home/link"] = "/home/me/.config/callgate/config.json";
  CHECK(world.permission("fs", "read", R"({"path": "link"})") == "deny");
  CHECK(world.permission("fs", "read", R"({"path": "other"})") == "allow");
  world.roots = R"({"roots": [{"uri": "file:///home/me/.local"}]})";
  CHECK(world.permission("a", "read", R"({"path": "state/callgate"})") == "deny");
}

TEST_CASE("unusual spellings of our own files are found") {
  PolicyWorld world("{}", kOwn);
  std::string dots;
  for (int i = 0; i < 2100; ++i) dots += "/.";
  for (const std::string& path : {
           std::string(R"(/home/me/.config/callgate/x\u0001)"),
           std::string(R"(/home/me/.con\tfig/callgate/config.json)"),
           std::string(R"(/home/me/.con\nfig/callgate/config.json)"),
           std::string(R"(/home/me/\u0007/../.config/callgate/config.json)"),
           dots + "/home/me/.config/callgate/config.json",
           std::string(5000, '/') + "home/me/.config/callgate/config.json",
           "/x" + dots + "/../home/me/.config/callgate/config.json",
           std::string("sqlite:////home/me/.local/state/callgate/callgate.db"),
           std::string("sqlite:////home/me/.local/state/./callgate/callgate.db?mode=ro"),
           std::string("jdbc:sqlite:/home/me/.local/state/callgate/callgate.db"),
           std::string("unix:/home/me/.local/state/callgate/control.sock"),
           std::string("unix:///home/me/.local/state/%63allgate/control.sock"),
       }) {
    CAPTURE(path.substr(0, 80));
    CHECK(world.tool("fs", "read", "{\"x\": \"" + path + "\"}").rule ==
          "built-in: callgate's own files");
  }
  world.links["/tmp/link/callgate.db"] = kOwn[1] + "/callgate.db";
  CHECK(world.permission("fs", "read", R"({"x": "sqlite:////tmp/link/callgate.db"})") == "deny");
}

TEST_CASE("our own paths are found inside longer texts") {
  PolicyWorld world("{}", kOwn);
  for (const char* text : {
           "cat ~/.config/callgate/config.json",
           "cat /home/me/.config/callgate/config.json | head",
           "x=$HOME/.config/callgate; ls",
           "ls ${HOME}/.config/callgate",
           "ls '$HOME'/.config/callgate",
           "ls $XDG_STATE_HOME/callgate/callgate.db",
           "cd ~ && cat .config/callgate/config.json",
           "cd ~/.config && cat callgate/config.json",
           "cd ~/.config/ ; rm -rf callgate",
           "attach database '/home/me/.local/state/callgate/callgate.db' as x; select * from "
           "x.calls",
           "select readfile('/home/me/.local//state/./callgate/callgate.db')",
           "curl file:///home/me/.config/%63allgate/config.json",
           "sqlite3 /HOME/me/.Local/state/CALLGATE/callgate.db .dump",
           "python -c \\\"open('/home/me/x/../.config/callgate/config.json')\\\"",
           "see /home/me/.config/callgate.",
       }) {
    CAPTURE(text);
    CHECK(world.tool("fs", "run", std::string("{\"command\": \"") + text + "\"}").rule ==
          "built-in: callgate's own files");
  }
  for (const char* text : {
           "callgate is a gate; ask callgate/issues",
           "cat /tmp/fake/callgate/config.json",
           "git clone https://example.org/callgate/callgate.git",
           "cat /home/me/.config/callgate2/x /home/me/.config/callgate.bak",
           "ls ~/.config",
           "100 % of callgate",
       }) {
    CAPTURE(text);
    CHECK(world.permission("fs", "run", std::string("{\"command\": \"") + text + "\"}") == "allow");
  }
}

TEST_CASE("our own files are found in commands, relative to their folder and in a shell's quotes") {
  PolicyPlaces places;
  places.servers["fs"] = {{}, "", "/home/me/projects"};
  PolicyWorld world("{}", kOwn, places);
  for (const char* args : {
           R"({"command": "cat ../.config/callgate/config.json"})",
           R"({"cwd": "/home/me/.config", "command": "cat callgate/config.json"})",
           R"({"command": "cat ~/.config/call\"\"gate/config.json"})",
           R"({"command": "cat ~/.config/call''gate/config.json"})",
           R"({"command": "cat ~/.config/c'allgate'/config.json"})",
           R"({"command": "cat ~/.config/call\\gate/config.json"})",
           R"({"command": "type ~\\.config\\callgate\\config.json"})",
           R"({"command": "cd ~ && mv .config cc"})",
           R"({"command": "cd && mv .config cc"})",
           R"({"cwd": "/home/me", "command": "rm -rf .local/state"})",
           R"({"command": "rm -rf ../.config"})",
           R"({"command": "\\mv ~/.config x"})",
       }) {
    CAPTURE(args);
    CHECK(world.tool("fs", "run", args).rule == "built-in: callgate's own files");
  }
  for (const char* args : {
           R"({"command": "rm -rf ./build .cache dist"})",
           R"({"command": "mv ./* ../x"})",
           R"({"command": "rm -rf ."})",
           R"({"cwd": "/home/me/projects", "command": "rm -rf node_modules/.cache"})",
           R"({"command": "cat callgate/config.json"})",
           R"({"command": "echo 'it''s callgate'"})",
       }) {
    CAPTURE(args);
    CHECK(world.permission("fs", "run", args) == "allow");
  }
}

TEST_CASE("a configuration in another place is protected, too") {
  PolicyWorld world("{}", {"/home/me/.local/state/callgate", "/srv/gate/my.json"});
  CHECK(world.permission("fs", "run", R"({"command": "vi /srv/gate/my.json"})") == "deny");
  CHECK(world.permission("fs", "run", R"({"command": "vi /srv/gate/other.json"})") == "allow");
}

TEST_CASE("moving, removing or replacing a folder above our own files is denied") {
  PolicyWorld world("{}", kOwn);
  const auto denies = [&world](const char* tool, const char* args) {
    const Decision decision = world.tool("fs", tool, args);
    return decision.permission == Permission::Deny &&
           decision.rule == "built-in: callgate's own files";
  };
  CHECK(denies("move_file", R"({"source": "/home/me/.config", "destination": "/home/me/cc"})"));
  CHECK(denies("move_file", R"({"source": "~/.config", "destination": "~/cc"})"));
  CHECK(denies("move_file", R"({"source": ".config", "destination": "cc"})"));
  CHECK(denies("rename", R"({"from": "/home/me/.local/state", "to": "/home/me/x"})"));
  CHECK(denies("delete_directory", R"({"path": "/home/me"})"));
  CHECK(denies("delete_directory", R"({"path": "/"})"));
  CHECK(denies("extract", R"({"archive": "/tmp/x.tar", "destination": "/home/me"})"));
  world.links["/home/me/link"] = "/home/me/.config";
  CHECK(denies("do_it", R"({"path": "/home/me/link"})"));
  CHECK(denies("run", R"({"command": "mv ~/.config ~/cc"})"));
  CHECK(denies("run", R"({"command": "cd /tmp; rm -rf ~"})"));
  CHECK(denies("run", R"({"command": "\u006dv ~/.config ~/cc"})"));
  CHECK(denies("run", R"({"command": "mv\t~/.config\t~/cc"})"));
  CHECK(denies("run", R"({"command": "rm -rf \u007e"})"));
  CHECK(denies("run", R"({"command": "rm -rf /home/me/.config/*"})"));

  CHECK_FALSE(denies("write_file", R"({"path": "/home/me/notes.txt", "content": "~"})"));
  CHECK_FALSE(denies("create_directory", R"({"path": "/home/me/.config"})"));
  CHECK_FALSE(denies("move_file", R"({"source": "/home/me/a", "destination": "/home/me/b"})"));
  CHECK_FALSE(denies("run", R"({"cwd": "/home/me", "command": "ls"})"));
  CHECK_FALSE(denies("git_commit", R"({"repo_path": "/home/me", "message": "rm -rf ~ is bad"})"));
  CHECK_FALSE(denies("git_add", R"({"repo_path": "/home/me/p", "files": ["."]})"));
  CHECK_FALSE(denies("http", R"({"path": "/", "route": "/home"})"));
  CHECK_FALSE(denies("run", R"({"command": "mv /tmp/a.txt ~/"})"));
  CHECK_FALSE(denies("run", R"({"command": "rm -rf ~/projects/x; ls ~"})"));
  world.may_write = false;
  CHECK_FALSE(denies("list_directory", R"({"path": "/home/me"})"));
}

TEST_CASE("JSON that is written as a file's content may contain many names") {
  PolicyWorld world("{}", kOwn);
  std::string json = "{";
  for (int i = 0; i < 400; ++i)
    json += (i > 0 ? "," : "") + (R"(\"node_modules/)" + std::to_string(i)) + R"(\":1)";
  json += "}";
  CHECK(world.permission("fs", "write_file",
                         R"({"path": "/home/me/package-lock.json", "content": ")" + json + "\"}") ==
        "allow");
  CHECK(world.permission("fs", "write_file", R"({"paths": ")" + json + "\"}") == "deny");
}
