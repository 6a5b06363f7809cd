// Spellings of paths that servers normalise before they use them.
#include "policy_test.h"

using namespace callgate;

namespace {

const char* const kDenyOutside =
    R"({"deny": [{"tool": "fs__*", "args": {"path": {"outside": ["~/projects"]}}}]})";
const char* const kDenyInside =
    R"({"deny": [{"tool": "fs__*", "args": {"path": {"inside": ["~/secret"]}}}]})";
const char* const kAllowInside =
    R"({"default": "deny", "allow": [{"tool": "fs__*", "args": {"path": {"inside": ["~/projects"]}}}]})";
const char* const kEveryPathOutside =
    R"({"deny": [{"tool": "fs__*", "args": {"*": {"outside": ["~/projects"]}}}]})";

std::string path_argument(const std::string& text) { return R"({"path": ")" + text + "\"}"; }

}  // namespace

TEST_CASE("encodings and separators by which a path leaves a folder are recognised") {
  PolicyWorld outside(kDenyOutside), inside(kAllowInside);
  for (PolicyWorld* world : {&outside, &inside}) {
    for (const char* text : {
             R"(/home/me/projects/%2e%2e/secret/key)",
             R"(/home/me/projects/%2e%2e%2fsecret)",
             R"(/home/me/projects/%252e%252e%252fsecret)",
             R"(/home/me/projects/x\\..\\..\\secret\\key)",
             R"(/home/me/projects/..\\secret)",
             "/home/me/projects/\xef\xbc\x8e\xef\xbc\x8e/secret",
             "/home/me/projects/\xe2\x80\xa4\xe2\x80\xa4/secret",
             R"(/home/me/projects/a,/etc/passwd)",
             R"(/home/me/projects/a;/etc/passwd)",
             R"(/home/me/projects/a\n/etc/passwd)",
             R"(/home/me/projects/a /etc/passwd)",
             R"(/home/me/projects/a, '/etc/passwd')",
             R"(/home/me/projects/a|~/.ssh/id_rsa)",
             R"(/home/me/projects/a,file:///etc/passwd)",
             R"(/home/me/projects/a,../../../etc/passwd)",
         }) {
      CAPTURE(text);
      CHECK(world->permission("fs", "r", path_argument(text)) == "deny");
    }
    for (const char* text : {
             R"(/home/me/projects/100%25/a)",
             R"(/home/me/projects/100%)",
             R"(/home/me/projects/My Docs/Report, 2024; b/x.txt)",
             R"(/home/me/projects/it's (here)/x)",
             R"(/home/me/projects/src/(group)/[id]/page.tsx)",
             R"(/home/me/projects/node_modules/@types/x=1)",
             R"(/home/me/projects/My\\ Docs/x)",
             "/home/me/projects/\xe7\xac\xac\xef\xbc\x8e\xe7\xab\xa0/x",
             R"('/home/me/projects/a')",
             R"(file:///home/me/projects/100%2525)",
         }) {
      CAPTURE(text);
      // A server that keeps the quotes reads a path that is relative to a home folder.
      const bool relative = text[0] == '\'';
      CHECK(world->permission("fs", "r", path_argument(text)) == (relative ? "deny" : "allow"));
    }
  }
}

TEST_CASE("characters that servers drop around a path do not hide a folder") {
  PolicyWorld world(kDenyInside);
  for (const char* text : {
           R"(/home/me/secret')",
           R"(/home/me/secret\")",
           R"('/home/me/secret/key')",
           R"(\"/home/me/secret/key)",
           R"(`/home/me/secret/key`)",
           R"(</home/me/secret/key>)",
           R"((/home/me/secret/key))",
           R"(\u00a0/home/me/secret/key)",
           R"(/home/me/secret\u2003)",
           R"(/home/me/secret\ufeff)",
           R"(\u3000'/home/me/secret/key' )",
           R"(~/secret')",
           R"(/home/me/%73ecret/key)",
           R"(/home/me\\secret\\key)",
           R"(/home/me/projects/a,/home/me/secret/key)",
           R"(/home/me/secret/key,/home/me/projects/a)",
           R"(@/home/me/secret/key)",
           R"(file=@/home/me/secret/key)",
           R"(--file=/home/me/secret/key)",
       }) {
    CAPTURE(text);
    CHECK(world.permission("fs", "r", path_argument(text)) == "deny");
  }
  for (const char* text : {R"(/home/me/secret2')", R"('/home/me/a')", R"(/home/me/%25secret)"}) {
    CAPTURE(text);
    CHECK(world.permission("fs", "r", path_argument(text)) == "allow");
  }
}

TEST_CASE("a text with more parts than are examined cannot be decided") {
  std::string list = "/home/me/projects/0";
  for (int i = 1; i < 63; ++i) list += ",/home/me/projects/" + std::to_string(i);
  PolicyWorld world(kDenyOutside);
  CHECK(world.permission("fs", "r", path_argument(list)) == "allow");
  CHECK(world.permission("fs", "r", path_argument(list + ",/home/me/projects/x")) == "deny");
}

TEST_CASE("the key * finds paths in every spelling, also in globs and in names with blanks") {
  PolicyWorld world(kEveryPathOutside);
  for (const char* args : {
           R"({"path": "/home/me/projects", "pattern": "/etc/*"})",
           R"({"glob": "/etc/**/passwd"})",
           R"({"globs": ["~/.ssh/*"]})",
           R"({"pattern": "../secret/*"})",
           R"({"source": "My Docs/secret.txt", "destination": "/home/me/projects/a"})",
           R"({"source": "My Docs/secret.txt"})",
           R"({"source": "id_rsa", "destination": "/home/me/projects/a"})",
           R"({"src": "keys", "dst": "~/projects/a"})",
           R"({"x": "\"/etc/passwd"})",
           R"({"x": "</etc/passwd>"})",
           R"({"x": "%2fetc%2fpasswd"})",
           R"({"x": "..\\..\\etc"})",
           R"({"x": "$HOME"})",
           R"({"fname": "id_rsa"})",
           R"({"args": ["--file=/etc/passwd"]})",
           R"({"args": ["run", "a=/etc/passwd"]})",
       }) {
    CAPTURE(args);
    CHECK(world.permission("fs", "r", args) == "deny");
  }
  for (const char* args : {
           R"({"pattern": "/api/.*"})",
           R"({"pattern": "^/etc/.+$"})",
           R"({"query": "/search?q=1&p=2"})",
           R"({"content": "/*x*/"})",
           R"({"text": "'/etc/passwd'"})",
           R"({"source": "en", "target": "fr"})",
           R"({"source": "Berlin", "destination": "Paris"})",
           R"({"database": "main", "src": "/home/me/projects/dump.sql"})",
           R"({"input": "read docs and/or notes.txt"})",
           R"({"expression": "\\d+\\w"})",
           R"({"price": "$100"})",
           R"({"source": "/home/me/projects/a b.txt", "destination": "/home/me/projects/b c.txt"})",
           R"({"path": "/home/me/projects", "pattern": "/home/me/projects/**/*.ts"})",
       }) {
    CAPTURE(args);
    CHECK(world.permission("fs", "r", args) == "allow");
  }
}

TEST_CASE("our own files are found in every spelling of servers, and harmless texts are allowed") {
  PolicyWorld world("{}", {"/home/me/.config/callgate", "/home/me/.local/state/callgate"});
  const auto own = [&world](const char* tool, const std::string& args) {
    return world.tool("fs", tool, args).rule == "built-in: callgate's own files";
  };
  for (const char* text : {
           R"(/home/me/.config/callgate\u00a0)",
           R"(~/.config/callgate\u2003)",
           R"(~\\.config\\callgate\\config.json)",
           R"(/home/me\\.config\\callgate)",
           R"(/home/me/.config/callg%2561te/config.json)",
       }) {
    CAPTURE(text);
    CHECK(own("read", path_argument(text)));
  }
  CHECK(own("move_file", R"({"source": "/home/me/.config'", "destination": "/x"})"));
  CHECK(own("move_file", R"({"source": "~/.config\u00a0", "destination": "/x"})"));
  CHECK(own("move_file", R"({"source": "'.config'", "destination": "/x"})"));
  CHECK(own("move_file", R"({"source": "/home/me/%2econfig", "destination": "/x"})"));
  // This rule does not read a text of several words as a list of paths.
  CHECK_FALSE(own("run", R"({"command": "ls -la, /home/me/.config"})"));
  CHECK_FALSE(own("run", R"({"command": "FOO=/home/me/.config ls"})"));
}

TEST_CASE("a pattern is also compared with the value as programs normalise it") {
  const auto denies = [](const char* pattern, const std::string& text) {
    PolicyWorld world(std::string(R"({"deny": [{"tool": "fs__*", "args": {"path": {)") + pattern +
                      "}}}]}");
    return world.permission("fs", "r", path_argument(text)) == "deny";
  };
  for (const char* text : {R"(a/.env/)", R"(.env/.)", R"(x/.env//)", R"(.env )", R"('.env')",
                           R"(%2eenv)", R"(.env\u00a0)", R"(x\\.env/)", R"(.env\n)"}) {
    CAPTURE(text);
    CHECK(denies(R"("glob": "*.env")", text));
    CHECK(denies(R"("regex": ".*\\.env")", text));
  }
  for (const char* text : {"/etc//passwd", "/etc/./passwd", "/etc/x/../passwd", "/etc/passwd/"})
    CHECK(denies(R"("glob": "/etc/passwd")", text));
  for (const char* text : {".env.example", "environment/", "https://x.org/env", "a % b", "it's"})
    CHECK_FALSE(denies(R"("glob": "*.env")", text));

  PolicyWorld allows(
      R"({"default": "deny", "allow": [{"tool": "fs__*", "args": {"path": {"glob": "src/*"}}}]})");
  CHECK(allows.permission("fs", "r", path_argument("src/a.c")) == "allow");
  CHECK(allows.permission("fs", "r", path_argument("src/x/../a.c")) == "allow");
  CHECK(allows.permission("fs", "r", path_argument("src/../.env")) == "deny");
  CHECK(allows.permission("fs", "r", path_argument("src/100%/a b/")) == "allow");
}
