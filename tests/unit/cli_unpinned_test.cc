// Finds servers that run any version which their author publishes next.

#include "cli/doctor/unpinned.h"
#include "cli_test.h"

using namespace callgate;

namespace {

std::string judged(std::vector<std::string> words) {
  ServerConfig server;
  server.command = words.front();
  server.args.assign(words.begin() + 1, words.end());
  const auto found = unpinned(server);
  return found ? found->package + " -> " + found->how : "";
}

}  // namespace

TEST_CASE("an npm package is pinned by a version, not by a tag") {
  CHECK(judged({"npx", "-y", "@m/server", "/data"}) == "@m/server -> @m/server@1.2.3");
  CHECK(judged({"npx", "-y", "@m/server@latest"}) == "@m/server@latest -> @m/server@1.2.3");
  CHECK(judged({"/opt/bin/npx", "--package=a", "b"}) == "a -> a@1.2.3");
  CHECK(judged({"npx", "-p", "a@next", "b"}) == "a@next -> a@1.2.3");
  CHECK(judged({"pnpm", "dlx", "a"}) == "a -> a@1.2.3");
  CHECK(judged({"npx", "-y", "@m/server@1.2.3"}).empty());
  CHECK(judged({"npx", "-y", "server@2026.1"}).empty());
  CHECK(judged({"npx", "./server"}).empty());
  CHECK(judged({"npx"}).empty());
  CHECK(judged({"pnpm", "start"}).empty());
}

TEST_CASE("a Python package is pinned by == or @ and a number") {
  CHECK(judged({"uvx", "mcp-server-git"}) == "mcp-server-git -> mcp-server-git==1.2.3");
  CHECK(judged({"uvx", "--from", "a[x]", "b"}) == "a[x] -> a[x]==1.2.3");
  CHECK(judged({"uvx", "a@latest"}) == "a@latest -> a==1.2.3");
  CHECK(judged({"uvx", "a>=1"}) == "a>=1 -> a==1.2.3");
  CHECK(judged({"uv", "tool", "run", "--python", "3.12", "a"}) == "a -> a==1.2.3");
  CHECK(judged({"pipx", "run", "--spec", "a==1.0", "b"}).empty());
  CHECK(judged({"uvx", "a==1.2.3"}).empty());
  CHECK(judged({"uvx", "a@1.2.3"}).empty());
  CHECK(judged({"uvx", "--from", "git+https://example.org/a", "a"}).empty());
  CHECK(judged({"uv", "run", "server.py"}).empty());
}

TEST_CASE("a container image is pinned by a digest or a tag other than latest") {
  CHECK(judged({"docker", "run", "-i", "--rm", "-e", "TOKEN", "mcp/git"}) ==
        "mcp/git -> mcp/git@sha256:…");
  CHECK(judged({"docker", "run", "-i", "host:5000/a:latest", "x:y"}) ==
        "host:5000/a:latest -> host:5000/a@sha256:…");
  CHECK(judged({"podman", "run", "--env=A=b", "a:1.2"}).empty());
  CHECK(judged({"docker", "run", "a@sha256:00"}).empty());
  CHECK(judged({"docker", "start", "a"}).empty());
}
