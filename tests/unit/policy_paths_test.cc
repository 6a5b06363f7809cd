// Path rules with real paths and URIs, and the built-in rule about our own files.
#include "policy_test.h"

using namespace callgate;

namespace {

const char* const kOutside =
    R"({"deny": [{"tool": "fs__*", "args": {"path": {"outside": ["~/projects"]}}}]})";
const char* const kInside =
    R"({"default": "deny", "allow": [{"tool": "fs__*", "args": {"path": {"inside": ["~/projects"]}}}]})";
const std::vector<std::string> kOwnFolder = {"/home/me/.config/callgate",
                                             "/home/me/.local/state/callgate"};

}  // namespace

TEST_CASE("the constraint 'inside' compares whole components and includes the folder itself") {
  PolicyWorld world(kInside);
  CHECK(world.permission("fs", "r", R"({"path": "/home/me/projects"})") == "allow");
  CHECK(world.permission("fs", "r", R"({"path": "/home/me/projects/"})") == "allow");
  CHECK(world.permission("fs", "r", R"({"path": "/home/me/projects/a"})") == "allow");
  CHECK(world.permission("fs", "r", R"({"path": "/home/me/projects2"})") == "deny");
  CHECK(world.permission("fs", "r", R"({"path": "/home/me"})") == "deny");
  CHECK(world.permission("fs", "r", R"({"path": "~/projects/a"})") == "allow");
  CHECK(world.permission("fs", "r", R"({"path": "~me/projects/a"})") == "allow");
  CHECK(world.permission("fs", "r", R"({"path": "~other/projects/a"})") == "deny");
}

TEST_CASE("rules are applied to the real path, not to the written one") {
  PolicyWorld inside(kInside), outside(kOutside);
  for (PolicyWorld* world : {&inside, &outside}) {
    world->links["/home/me/projects/link"] = "/etc/passwd";
    CHECK(world->permission("fs", "r", R"({"path": "/home/me/projects/link"})") == "deny");
    world->links["/home/me/projects/slow"] = "";
    CHECK(world->permission("fs", "r", R"({"path": "/home/me/projects/slow"})") == "deny");
    world->cwd = "/etc";
    CHECK(world->permission("fs", "r", R"({"path": "a.txt"})") == "deny");
    CHECK(world->permission("fs", "r", R"({"path": ""})") == "deny");
    CHECK(world->permission("fs", "r", R"({"path": "/home/me/projects/a\u0000b"})") == "deny");
  }
}

TEST_CASE("two dots are read as by the kernel and as by a server that normalises the text") {
  PolicyWorld inside(kInside), outside(kOutside);
  for (PolicyWorld* world : {&inside, &outside}) {
    // The kernel follows the link and reads a file in the folder. A server that normalises first
    // reads /etc/shadow.
    world->links["/etc/link/../shadow"] = "/home/me/projects/shadow";
    CHECK(world->permission("fs", "r", R"({"path": "/etc/link/../shadow"})") == "deny");
    world->links["/home/me/projects/link/../x"] = "/etc/x";
    CHECK(world->permission("fs", "r", R"({"path": "/home/me/projects/link/../x"})") == "deny");
    world->links["/home/me/projects/a/../x"] = "/home/me/projects/x";
    CHECK(world->permission("fs", "r", R"({"path": "/home/me/projects/a/../x"})") == "allow");
  }
}

TEST_CASE("one path of a list is enough for a deny rule, and an allow rule needs all of them") {
  PolicyWorld inside(kInside), outside(kOutside);
  for (PolicyWorld* world : {&inside, &outside}) {
    CHECK(world->permission(
              "fs", "r", R"({"path": ["/home/me/projects/a", "/home/me/projects/b"]})") == "allow");
    CHECK(world->permission("fs", "r", R"({"path": ["/home/me/projects/a", "/etc/b"]})") == "deny");
    CHECK(world->permission("fs", "r", R"({"path": ["/home/me/projects/a", 1]})") == "deny");
    CHECK(world->permission("fs", "r", R"({"path": []})") == "deny");
  }
}

TEST_CASE("a list with more paths than are resolved cannot be decided") {
  std::string list = "\"/home/me/projects/0\"";
  for (int i = 1; i < 4095; ++i) list += ",\"/home/me/projects/" + std::to_string(i) + "\"";
  PolicyWorld inside(kInside), outside(kOutside);
  for (PolicyWorld* world : {&inside, &outside}) {
    CHECK(world->permission("fs", "r", "{\"path\": [" + list + "]}") == "allow");
    CHECK(world->permission("fs", "r", "{\"path\": [" + list + ",\"/home/me/projects/x\"]}") ==
          "deny");
  }
}

TEST_CASE("a file URI is decoded once, and only this machine's URIs are paths") {
  PolicyWorld inside(kInside), outside(kOutside);
  for (PolicyWorld* world : {&inside, &outside}) {
    CHECK(world->permission("fs", "r", R"({"path": "file:///home/me/projects/a%20b"})") == "allow");
    CHECK(world->permission("fs", "r", R"({"path": "FILE://LocalHost/home/me/projects/a"})") ==
          "allow");
    CHECK(world->permission("fs", "r", R"({"path": "file:///home/me/%70rojects/%2e%2e/x"})") ==
          "deny");
    CHECK(world->permission("fs", "r", R"({"path": "file://elsewhere/home/me/projects/a"})") ==
          "deny");
    CHECK(world->permission("fs", "r", R"({"path": "file:///home/me/projects/%zz"})") == "deny");
    CHECK(world->permission("fs", "r", R"({"path": "file:///home/me/projects/%00"})") == "deny");
    CHECK(world->permission("fs", "r", R"({"path": "file:///home/me/projects/a%252e"})") ==
          "allow");
  }
  CHECK(inside.needs(R"({"path": "file:///home/me/a%252fb"})") ==
        std::vector<std::string>{"/home/me/projects", "/home/me/a%2fb"});
}

TEST_CASE("a path is resolved once, and only if a rule needs it") {
  PolicyWorld world(
      R"({"deny": [{"tool": "fs__*", "args": {"path": {"outside": ["/a"]}, "other": {"inside": ["/b"]}}}]})");
  CHECK(world.needs(R"({"path": "/x", "other": "/x", "third": "/y"})") ==
        std::vector<std::string>{"/a", "/x", "/b"});
  CHECK(world.needs(R"({"third": "/y"})").empty());
  CHECK(world.needs("{}").empty());
}

TEST_CASE("rules on resources compare the URI and, for files, the real path") {
  PolicyWorld world(
      R"({"deny": [{"resource": "file:///etc/*"}, {"resource": "https://host/admin*"}]})");
  CHECK(world.resource("fs", "file:///etc/passwd").permission == Permission::Deny);
  CHECK(world.resource("fs", "FILE:///etc/passwd").permission == Permission::Deny);
  CHECK(world.resource("fs", "file:///%65tc/passwd").permission == Permission::Deny);
  CHECK(world.resource("fs", "file:///x/../etc/passwd").permission == Permission::Deny);
  CHECK(world.resource("fs", "file:///home/x").permission == Permission::Allow);
  world.links["/home/link"] = "/etc/shadow";
  CHECK(world.resource("fs", "file:///home/link").permission == Permission::Deny);
  world.links["/home/slow"] = "";
  CHECK(world.resource("fs", "file:///home/slow").permission == Permission::Deny);
  CHECK(world.resource("fs", "https://host/%61dmin/x").permission == Permission::Deny);
  CHECK(world.resource("fs", "https://host/other").permission == Permission::Allow);
  for (const char* spelled :
       {" https://host/admin", "\thttps://host/admin", "ht\ntps://host/ad\rmin",
        "HTTPS://HOST/admin", "https://host:/admin", "https://host:443/admin",
        "https://me@host/admin", "https://host/x/../admin", "https://host/./admin",
        "https://host/x/%2e%2E/admin", "https:\\\\host\\admin", "https:host/admin",
        "https:///host/admin", "https://host/admin?x#y"}) {
    CAPTURE(spelled);
    CHECK(world.resource("fs", spelled).permission == Permission::Deny);
  }
  CHECK(world.resource("fs", "https://host:8443/admin").permission == Permission::Allow);
  CHECK(world.resource("fs", "https://host/x//../other").permission == Permission::Allow);
  PolicyWorld cased(R"({"default": "deny", "allow": [{"resource": "memo://Insights"},
      {"resource": "*Wanted*"}, {"resource": "https://me@Host:443/*"}, {"resource": "HTTPS://Up/?"}]})");
  for (const char* good : {"memo://Insights", "memo://Wanted", "https://me@Host:443/a"}) {
    CAPTURE(good);
    CHECK(cased.resource("fs", good).permission == Permission::Allow);
  }
  for (const char* bad :
       {"memo://insights", "memo://Insights/x", "https://Host/../x", "https://up/x"}) {
    CAPTURE(bad);
    CHECK(cased.resource("fs", bad).permission == Permission::Deny);
  }
  PolicyWorld upper(
      R"({"deny": [{"resource": "MEMO://Insights:*"}, {"resource": "https://Host:443/*"}]})");
  for (const char* bad :
       {"memo://INSIGHTS:1", "memo://insights:2", "https://host/x", "HTTPS://HOST/x"}) {
    CAPTURE(bad);
    CHECK(upper.resource("fs", bad).permission == Permission::Deny);
  }
  CHECK(upper.resource("fs", "https://other/x").permission == Permission::Allow);
  PolicyWorld allow(R"({"default": "deny", "allow": [{"resource": "file:///home/*"}]})");
  CHECK(allow.resource("fs", "file:///home/x").permission == Permission::Allow);
  CHECK(allow.resource("fs", "file:///home/../etc/x").permission == Permission::Deny);
  allow.links["/home/link"] = "/etc/shadow";
  CHECK(allow.resource("fs", "file:///home/link").permission == Permission::Deny);
}

TEST_CASE("callgate's own files are protected whatever the rules say") {
  PolicyWorld world(R"({"allow": ["*"]})", kOwnFolder);
  for (const char* args : {
           R"({"path": "/home/me/.config/callgate/config.json"})",
           R"({"path": "~/.config/callgate"})",
           R"({"path": "~me/.config/callgate/x"})",
           R"({"deep": [{"x": {"y": "/home/me/.local/state/callgate/callgate.db"}}]})",
           R"({"/home/me/.config/callgate/config.json": "new content"})",
           R"({"path": "\/home\u002fme\/.config\/callgate"})",
           R"({"path": "\u007e\u002f.config\u002fcallgate"})",
           R"({"path": "file:///home/me/.config/%63allgate/config.json"})",
           R"({"path": "file://other/home/me/.config/callgate/config.json"})",
           R"({"path": "  /home/me/.config/callgate/config.json\n"})",
           R"({"path": "/home/me/.CONFIG/Callgate/config.json"})",
           R"({"path": "https://x/../../../home/me/.config/callgate"})",
       }) {
    CAPTURE(args);
    world.cwd = std::string(args).find("https") != std::string::npos ? "/" : "/work";
    world.links["//https://x/../../../home/me/.config/callgate"] = "/home/me/.config/callgate";
    const Decision decision = world.tool("fs", "read", args);
    CHECK(decision.permission == Permission::Deny);
    CHECK(decision.rule == "built-in: callgate's own files");
    CHECK(decision.because.find("no rule can allow") != std::string::npos);
  }
  CHECK(world.resource("fs", "file:///home/me/.config/callgate/config.json").permission ==
        Permission::Deny);
  CHECK(world.permission("fs", "read", R"({"path": "/home/me/.config/callgate2"})") == "allow");
  world.may_write = false;
  CHECK(world.permission("fs", "read", R"({"path": "/home/me/.config"})") == "allow");
  CHECK(world.permission("fs", "read", R"({"text": "callgate"})") == "allow");
}

TEST_CASE("a path with an overlong component is also checked in its normalised form") {
  PolicyWorld world("{}", kOwnFolder);
  const std::string name(1000, 'n');
  CHECK(world.permission("fs", "read",
                         R"({"path": "/)" + name + R"(/../home/me/.config/callgate"})") == "deny");
  CHECK(world.needs(R"({"path": "/)" + name + R"("})").empty());
}

TEST_CASE("the built-in rule resolves every string that looks like a path") {
  PolicyWorld world("{}", kOwnFolder);
  const std::vector<std::string> own = {"/home/me/.config/callgate",
                                        "/home/me/.local/state/callgate"};
  std::vector<std::string> expected = {
      "/home/me/x/y",        "x/y",       "/home/me", "/home/me/line\nand/or", "line\nand/or",
      "/home/me/lineand/or", "lineand/or"};
  expected.insert(expected.end(), own.begin(), own.end());
  CHECK(world.needs(
            R"({"a": "x/y", "b": ["~", "x/y"], "c": "plain", "d": 7, "e": "line\nand/or"})") ==
        expected);
  CHECK(world.needs(R"({"url": "https://example.org/a"})").empty());
  // No file can have this name.
  CHECK(world.needs("{\"a\": \"/" + std::string(4095, 'x') + "\"}").empty());
  CHECK(world.needs("{\"a\": \"" + std::string(4096, '/') + "\"}").size() == 3);
  CHECK(world.needs("{\"a\": \"" + std::string(4097, '/') + "\"}").front() == "/");
}

TEST_CASE("a call with more path-like strings than are checked is denied") {
  PolicyWorld world("{}", kOwnFolder);
  std::string list = "\"/x/0\"";
  for (int i = 1; i < 256; ++i) list += ",\"/x/" + std::to_string(i) + "\"";
  CHECK(world.permission("fs", "read", "{\"p\": [" + list + "]}") == "allow");
  const Decision decision = world.tool("fs", "read", "{\"p\": [" + list + ",\"/x/256\"]}");
  CHECK(decision.permission == Permission::Deny);
  CHECK(decision.because.find("(256)") != std::string::npos);
}

TEST_CASE("the built-in rule denies a path that could not be resolved") {
  PolicyWorld world("{}", kOwnFolder);
  world.links["/x/slow"] = "";
  CHECK(world.tool("fs", "read", R"({"path": "/x/slow"})").rule ==
        "built-in: callgate's own files");
}

TEST_CASE("a bare name that a rule resolves is denied if it leads to callgate's own files") {
  PolicyWorld world(R"({"allow": [{"tool": "fs__*", "args": {"path": {"inside": ["/"]}}}]})",
                    kOwnFolder);
  world.cwd = "/home/me/.config/callgate";
  CHECK(world.permission("fs", "read", R"({"path": "config.json"})") == "deny");
}

TEST_CASE("a relative path is checked under every folder to which a server may resolve it") {
  PolicyPlaces places;
  places.servers["fs"] = {{"/data"}, ""};
  PolicyWorld inside(kInside, {}, places), outside(kOutside, {}, places);
  for (PolicyWorld* world : {&inside, &outside}) {
    world->cwd = "/home/me/projects";
    CHECK(world->permission("fs", "r", R"({"path": ".ssh/id_rsa"})") == "deny");
    CHECK(world->permission("fs", "r", R"({"path": "/home/me/projects/.ssh/id_rsa"})") == "allow");
  }
  const char* const kSecrets =
      R"({"deny": [{"tool": "fs__*", "args": {"path": {"inside": ["/data/x", "/root1/x", "/r/x", "/home/me/x", "/else/x"]}}}]})";
  PolicyWorld world(kSecrets, {}, places);
  CHECK(world.permission("fs", "r", R"({"path": "y"})") == "allow");
  // The rule is not about the server a. For fs, the path is resolved under home and /data, too.
  CHECK(world.permission("a", "r", R"({"path": "x"})") == "allow");
  CHECK(world.permission("fs", "r", R"({"path": "x"})") == "deny");
  CHECK(world.permission("fs", "r", R"({"path": "r/../x/a"})") == "deny");
  const char* const kRoot =
      R"({"deny": [{"tool": "fs__*", "args": {"path": {"inside": ["/r/x"]}}}]})";
  PolicyWorld rooted(kRoot);
  CHECK(rooted.permission("fs", "r", R"({"path": "x"})") == "allow");
  CHECK(rooted.permission("fs", "r", R"({"path": "x", "repo_path": "/r"})") == "deny");
  CHECK(rooted.permission("fs", "r", R"({"path": "x", "workspaceRoot": "file:///r"})") == "deny");
  rooted.roots = R"({"roots": [{"uri": "file:///r", "name": "r"}]})";
  CHECK(rooted.permission("fs", "r", R"({"path": "x"})") == "deny");
  CHECK(rooted.tool("fs", "r", R"({"path": "x"})").because.find("absolute path") !=
        std::string::npos);
  CHECK(rooted.tool("fs", "r", R"({"path": "/r/x"})").because.find("absolute path") ==
        std::string::npos);
}

TEST_CASE("a server's own home is one of the folders that ~ may mean") {
  PolicyPlaces places;
  places.servers["fs"] = {{}, "/srv/home"};
  PolicyWorld world(
      R"({"deny": [{"tool": "fs__*", "args": {"path": {"inside": ["/srv/home/x"]}}}]})", {},
      places);
  CHECK(world.permission("fs", "r", R"({"path": "~/x"})") == "deny");
  CHECK(world.permission("fs", "r", R"({"path": "${HOME}/x"})") == "deny");
  CHECK(world.permission("a", "r", R"({"path": "~/x"})") == "allow");
}

TEST_CASE("a rule's folder is its real path at the start and its real path now") {
  PolicyPlaces places;
  places.resolve_folder = [](const std::string& path) {
    return RealFolder{path == "/home/me/projects" ? "/disk/old" : path, false};
  };
  PolicyWorld in(R"({"deny": [{"tool": "fs__*", "args": {"path": {"inside": ["~/projects"]}}}]})",
                 {}, places);
  in.links["/home/me/projects"] = "/disk/new";
  CHECK(in.permission("fs", "r", R"({"path": "/disk/old/a"})") == "deny");
  CHECK(in.permission("fs", "r", R"({"path": "/disk/new/a"})") == "deny");
  CHECK(in.permission("fs", "r", R"({"path": "/disk/x"})") == "allow");
  PolicyWorld allows(kInside, {}, places);
  allows.links["/home/me/projects"] = "/disk/new";
  CHECK(allows.permission("fs", "r", R"({"path": "/disk/new/a"})") == "deny");
  allows.links["/home/me/projects"] = "/disk/old";
  CHECK(allows.permission("fs", "r", R"({"path": "/disk/old/a"})") == "allow");
  allows.links["/home/me/projects"] = "";
  CHECK(allows.permission("fs", "r", R"({"path": "/disk/old/a"})") == "deny");
}

TEST_CASE("if a file system ignores case, deny rules ignore it, and allow rules do not") {
  PolicyPlaces places;
  places.resolve_folder = [](const std::string& path) { return RealFolder{path, true}; };
  PolicyWorld in(R"({"deny": [{"tool": "fs__*", "args": {"path": {"inside": ["/Secret"]}}}]})", {},
                 places);
  CHECK(in.permission("fs", "r", R"({"path": "/sECRET/a"})") == "deny");
  PolicyWorld allows(kInside, {}, places);
  CHECK(allows.permission("fs", "r", R"({"path": "/home/me/Projects/a"})") == "deny");
  PolicyWorld exact(R"({"deny": [{"tool": "fs__*", "args": {"path": {"inside": ["/Secret"]}}}]})");
  CHECK(exact.permission("fs", "r", R"({"path": "/secret/a"})") == "allow");
}

TEST_CASE("rules also apply to JSON inside of a string") {
  const char* const kSecret =
      R"({"deny": [{"tool": "fs__*", "args": {"paths": {"inside": ["/secret"]}}}, {"tool": "fs__*", "args": {"/a/b": {"glob": "bad*"}}}, {"tool": "fs__*", "args": {"mode": {"in": ["force"]}}}]})";
  PolicyWorld world(kSecret);
  CHECK(world.permission("fs", "r", R"({"paths": "[\"/secret/x\"]"})") == "deny");
  CHECK(world.permission("fs", "r", R"({"paths": "\n [\"/ok\", \"/secret/x\"] "})") == "deny");
  CHECK(world.permission("fs", "r", R"({"paths": "\"/secret/x\""})") == "deny");
  CHECK(world.permission("fs", "r", R"({"paths": "\"[\\\"/secret/x\\\"]\""})") == "deny");
  CHECK(world.permission("fs", "r", R"({"paths": "['/secret/x']"})") ==
        "deny");  // cannot be decided
  CHECK(world.permission("fs", "r", R"({"paths": "[\"/fine/x\"]"})") == "allow");
  CHECK(world.permission("fs", "r", R"({"a": "{\"b\": \"bad one\"}"})") == "deny");
  CHECK(world.permission("fs", "r", R"({"a": "{'b': 'bad one'}"})") == "deny");
  CHECK(world.permission("fs", "r", R"({"a": "{\"b\": \"fine\"}"})") == "allow");
  CHECK(world.permission("fs", "r", R"({"mode": "\"force\""})") == "deny");
  PolicyWorld allows(
      R"({"default": "deny", "allow": [{"tool": "fs__*", "args": {"mode": {"glob": "*"}}}]})");
  CHECK(allows.permission("fs", "r", R"({"mode": "plain [text]"})") == "allow");
  CHECK(allows.permission("fs", "r", R"({"mode": "[1]"})") == "deny");
}

TEST_CASE("the key * means every path in the arguments, whatever the argument's name") {
  const char* const kRule =
      R"({"deny": [{"tool": "fs__*", "args": {"*": {"outside": ["~/projects"]}}}]})";
  PolicyWorld world(kRule);
  for (const char* args : {
           R"({"paths": ["/home/me/projects/a", "/etc/passwd"]})",
           R"({"source": "/home/me/projects/a", "destination": "/tmp/a"})",
           R"({"anything": "/etc/passwd"})",
           R"({"deep": [{"x": {"y": "~/.ssh/id_rsa"}}]})",
           R"({"moves": {"/etc/passwd": "/home/me/projects/x"}})",
           R"({"paths": "[\"/etc/passwd\"]"})",
           R"({"file": "id_rsa"})",
           R"({"x": "../secret"})",
           R"({"x": ".ssh/id_rsa"})",
           R"({"uri": "file:///etc/passwd"})",
           R"({"text": "/etc/passwd"})",
       }) {
    CAPTURE(args);
    CHECK(world.permission("fs", "r", args) == "deny");
  }
  for (
      const char* args : {
          R"({})",
          R"({"path": "/home/me/projects/a", "content": "see /etc/hosts and/or ../x\n"})",
          R"({"path": "/home/me/projects", "pattern": "**/*.ts", "excludePatterns": ["dist/x"]})",
          R"({"path": "/home/me/projects/a.c", "content": "/* hello */\nint x;"})",
          R"({"path": "~/projects/a", "edits": [{"oldText": "a/b", "newText": "c/d"}]})",
          R"({"paths": "[\"/home/me/projects/a\"]"})",
          R"({"url": "https://example.org/etc"})",
          R"({"path": "/home/me/projects/p.json", "content": "{\"bin\": \"/usr/x\", \"a\": \"b/c\"}"})",
          R"({"when": "2024/01/02", "note": "and/or"})",
          R"({"path": "/home/me/projects/a", "message": "fix a/b", "branch": "feature/x"})",
      }) {
    CAPTURE(args);
    CHECK(world.permission("fs", "r", args) == "allow");
  }
  PolicyWorld allows(
      R"({"default": "deny", "allow": [{"tool": "fs__*", "args": {"*": {"inside": ["~/projects"]}}}]})");
  CHECK(allows.permission("fs", "r", R"({"a": "~/projects/a", "b": ["/home/me/projects/b"]})") ==
        "allow");
  CHECK(allows.permission("fs", "r", R"({"a": "~/projects/a", "b": ["/etc/b"]})") == "deny");
  CHECK(allows.permission("fs", "r", "{}") == "deny");
}
