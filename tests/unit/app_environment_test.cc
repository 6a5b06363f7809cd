#include <algorithm>
#include <optional>

#include "app_support.h"
#include "callgate/app/secrets.h"
#include "callgate/config/default_environment.h"

using namespace callgate;

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Result<ResolvedEnvironment> resolved(
    const ServerConfig& server,
    const EnvironmentOptions& options = {.state_dir = "", .login_path = LoginPath::Off},
    const WorkspacePtr& workspace = nullptr) {
  Loop loop;
  std::optional<Result<ResolvedEnvironment>> answer;
  resolve_environment(
      loop, server, workspace, options,
      [&answer](Result<ResolvedEnvironment> result) { answer = std::move(result); });
  CHECK_FALSE(answer);
  loop.run();
  REQUIRE(answer);
  return std::move(*answer);
}

ServerConfig with(const std::string& value) {
  ServerConfig server;
  server.name = "fs";
  server.env = {{"X", value}};
  return server;
}

/// Returns the value to which X resolves, or "code: message" of the error.
std::string value_of(const std::string& text, const EnvironmentOptions& options = {
                                                  .state_dir = "", .login_path = LoginPath::Off}) {
  const auto result = resolved(with(text), options);
  if (!result) return result.error().code + ": " + result.error().message;
  for (const auto& variable : result->env) {
    if (variable.starts_with("X=")) return variable.substr(2);
  }
  return "none";
}

std::string variable(const ResolvedEnvironment& resolved, const std::string& name) {
  for (const auto& each : resolved.env)
    if (each.starts_with(name + "=")) return each.substr(name.size() + 1);
  return "none";
}

}  // namespace

TEST_CASE("a child gets only the default variables, the passed ones and the configured ones") {
  const Variable ours("CALLGATE_TEST_OURS", "1"), passed("CALLGATE_TEST_PASSED", "2"),
      function("LC_NAME", "() { :; }"), language("LANG", "C");
  ServerConfig server = with("plain");
  server.env_pass = {"CALLGATE_TEST_PASSED", "CALLGATE_TEST_ABSENT"};
  server.env.emplace_back("LANG", "de");
  const auto result = resolved(server);
  REQUIRE(result.ok());
  std::vector<std::string> names;
  for (const auto& variable : result->env) {
    const std::string name = variable.substr(0, variable.find('='));
    names.push_back(name);
    const auto& defaults = default_environment();
    const bool known = std::find(defaults.begin(), defaults.end(), name) != defaults.end();
    CHECK_MESSAGE((known || name == "X" || name == "CALLGATE_TEST_PASSED"), name);
    CHECK(name != "LC_NAME");
    if (name == "LANG") CHECK(variable == "LANG=de");
  }
  CHECK(std::count(names.begin(), names.end(), "LANG") == 1);
  CHECK(std::count(names.begin(), names.end(), "PATH") == 1);
  CHECK(std::count(names.begin(), names.end(), "CALLGATE_TEST_PASSED") == 1);
}

TEST_CASE("a variable that a client withholds reaches no child in any way") {
  const Variable language("LANG", "C"), token("CALLGATE_TEST_OURS", "1"), plain("TZ", "UTC");
  const EnvironmentOptions options{
      .state_dir = "", .login_path = LoginPath::Off, .withheld = {"LANG", "CALLGATE_TEST_OURS"}};
  ServerConfig server = with("${cmd:echo got $CALLGATE_TEST_OURS}");
  server.env_pass = {"CALLGATE_TEST_OURS"};
  const auto result = resolved(server, options);
  REQUIRE(result.ok());
  CHECK(variable(*result, "LANG") == "none");
  CHECK(variable(*result, "CALLGATE_TEST_OURS") == "none");
  CHECK(variable(*result, "X") == "got");
  CHECK(variable(*result, "TZ") == "UTC");
  CHECK(value_of("${env:CALLGATE_TEST_OURS}", options).starts_with("env.missing"));
}

TEST_CASE("references are replaced by their values") {
  Folder folder;
  const Variable token("CALLGATE_TEST_TOKEN", "t0ken");
  std::ofstream(folder.path + "/secret") << "from file\n\n";
  CHECK(value_of("plain") == "plain");
  CHECK(value_of("Bearer ${env:CALLGATE_TEST_TOKEN}!") == "Bearer t0ken!");
  CHECK(value_of("${file:" + folder.path + "/secret}") == "from file\n");
  CHECK(value_of("${cmd:printf 'a b'}") == "a b");
  CHECK(value_of("${cmd:echo ${CALLGATE_TEST_TOKEN}}x") == "t0kenx");
  CHECK(value_of("$$ $${env:X} $HOME $") == "$ ${env:X} $HOME $");
  CHECK(value_of("") == "");
}

TEST_CASE(
    "a reference without a value is an error that names the reference and contains no value") {
  const Variable empty("CALLGATE_TEST_EMPTY", "");
  CHECK(value_of("${env:CALLGATE_TEST_ABSENT}") ==
        "env.missing: server 'fs', variable X: ${env:CALLGATE_TEST_ABSENT} is not set");
  CHECK(value_of("${env:CALLGATE_TEST_EMPTY}") ==
        "env.missing: server 'fs', variable X: ${env:CALLGATE_TEST_EMPTY} is empty");
  CHECK(value_of("${file:/no/such}") ==
        "env.file: server 'fs', variable X: ${file:/no/such}: No such file or directory");
  CHECK(value_of("${file:/dev/null}") ==
        "env.file: server 'fs', variable X: ${file:/dev/null} is empty");
  CHECK(value_of("${cmd:true}") == "env.command: server 'fs', variable X: ${cmd:true} is empty");
  CHECK(value_of("${cmd:echo hush; exit 3}") ==
        "env.command: server 'fs', variable X: ${cmd:echo hush; exit 3} exited with status 3");
  CHECK(value_of("${HOME}") ==
        "env.reference: server 'fs', variable X: ${HOME} is not a reference");
  CHECK(value_of("${env:X") ==
        "env.reference: server 'fs', variable X: the closing brace of a reference is missing");
}

TEST_CASE("the value of a reference has at most 64 KiB") {
  CHECK(value_of("${cmd:head -c 65536 /dev/zero | tr '\\0' x; echo}").size() == 65536);
  CHECK(value_of("${cmd:head -c 65537 /dev/zero | tr '\\0' x}").starts_with("env.command: "));
  CHECK(value_of("${cmd:yes}").ends_with("gives more than 64 KiB"));
  CHECK(value_of("${file:/dev/zero}").ends_with("gives more than 64 KiB"));
}

TEST_CASE("the URL and the headers of a remote server are resolved, and their secrets are known") {
  ::setenv("CALLGATE_TEST_KEY", "k-1", 1);
  ServerConfig server;
  server.name = "r";
  server.remote = RemoteConfig{.url = "https://h/m?api_key=q%2D1&page=2&x=${env:CALLGATE_TEST_KEY}",
                               .headers = {{"Authorization", "Bearer t-1"},
                                           {"X-Trace", "${env:CALLGATE_TEST_KEY}"},
                                           {"X-Team", "seven"}}};
  const auto result = resolved(server);
  REQUIRE(result.ok());
  CHECK(result->url == "https://h/m?api_key=q%2D1&page=2&x=k-1");
  CHECK(result->headers ==
        Pairs{{"Authorization", "Bearer t-1"}, {"X-Trace", "k-1"}, {"X-Team", "seven"}});
  CHECK(result->env.empty());
  Pairs secrets = result->secrets;
  std::sort(secrets.begin(), secrets.end());
  CHECK(secrets == Pairs{{"", "k-1"},
                         {"Authorization", "Bearer t-1"},
                         {"Authorization", "t-1"},
                         {"X-Trace", "k-1"},
                         {"api_key", "q-1"}});
  server.remote->headers = {{"X", "${env:CALLGATE_TEST_NONE}"}};
  CHECK(resolved(server).error().message.find("server 'r', header X: ") == 0);
  server.remote->url = "https://${env:CALLGATE_TEST_NONE}/";
  CHECK(resolved(server).error().message.find("server 'r', the URL: ") == 0);
}

TEST_CASE("values from references, and values of variables named like secrets, are secrets") {
  const Variable token("CALLGATE_TEST_PLACE", "s3cret"), passed("MY_API_KEY", "passed");
  ServerConfig server = with("Bearer ${env:CALLGATE_TEST_PLACE}");
  server.env.emplace_back("GITHUB_TOKEN", "literal");
  server.env.emplace_back("PLAIN", "visible");
  server.env_pass = {"MY_API_KEY"};
  const auto result = resolved(server);
  REQUIRE(result.ok());
  CHECK(result->secrets ==
        Pairs{{"MY_API_KEY", "passed"}, {"X", "s3cret"}, {"GITHUB_TOKEN", "literal"}});
}

TEST_CASE(
    "a value with a reference in it is a secret as a whole; the name of an author is not a "
    "secret") {
  const Variable user("CALLGATE_TEST_USER", "somebody");
  ServerConfig server = with("plain");
  server.env = {{"DB_PASSWORD", "${env:CALLGATE_TEST_USER}:hunter2"},
                {"GIT_AUTHOR_NAME", "Ada"},
                {"NPM_AUTH", "x1"}};
  const auto result = resolved(server);
  REQUIRE(result.ok());
  CHECK(result->secrets ==
        std::vector<std::pair<std::string, std::string>>{
            {"DB_PASSWORD", "somebody:hunter2"}, {"DB_PASSWORD", "somebody"}, {"NPM_AUTH", "x1"}});
}

TEST_CASE("a named secret is resolved, and the error for a missing one names the command") {
  const Folder folder;
  const EnvironmentOptions options{.state_dir = folder.path, .login_path = LoginPath::Off};
  REQUIRE(set_secret(folder.path, "A", "s3cret", SecretKeep::File, Micros{1}).ok());
  CHECK(value_of("Bearer ${secret:A}", options) == "Bearer s3cret");
  CHECK(value_of("${secret:B}", options) ==
        "secret.missing: server 'fs', variable X: ${secret:B}: there is no such secret");
  CHECK(resolved(with("${secret:B}"), options).error().next == "callgate secret set B");
  CHECK(value_of("${secret:a b}", options).starts_with("secret.name: "));
  CHECK(resolved(with("Bearer ${secret:A}"), options)->secrets == Pairs{{"X", "s3cret"}});
}

TEST_CASE("a minimal PATH is extended by the login shell's, for the child and its references") {
  const Folder home;
  std::ofstream(home.path + "/.profile") << "PATH=" << home.path << "/bin:$PATH\n";
  std::filesystem::create_directories(home.path + "/bin");
  std::ofstream(home.path + "/bin/give-a-key") << "#!/bin/sh\necho k3y\n";
  std::filesystem::permissions(home.path + "/bin/give-a-key", std::filesystem::perms::owner_all);
  const Variable its_home("HOME", home.path), shell("SHELL", "/bin/sh"),
      path("PATH", "/usr/bin:/bin");
  const EnvironmentOptions options{.state_dir = home.path + "/state"};
  ServerConfig server = with("${cmd:give-a-key}");
  server.command = "/bin/true";
  const auto result = resolved(server, options);
  REQUIRE(result.ok());
  CHECK(variable(*result, "X") == "k3y");
  CHECK(variable(*result, "PATH").starts_with("/usr/bin:/bin:" + home.path + "/bin"));
  // A PATH that the configuration sets is used as it is.
  server.env = {{"PATH", "/only"}};
  CHECK(variable(*resolved(server, options), "PATH") == "/only");
  server.env = {{"PATH", "/first:${env:PATH}"}};
  CHECK(variable(*resolved(server, options), "PATH")
            .starts_with("/first:/usr/bin:/bin:" + home.path + "/bin"));
  server.env.clear();
  CHECK(variable(*resolved(server), "PATH") == "/usr/bin:/bin");
}

TEST_CASE("a PATH that is not minimal is extended only if the command is not found in it") {
  const Folder home;
  std::ofstream(home.path + "/.profile") << "echo x >> ~/asked; PATH=$PATH:/added\n";
  const Variable its_home("HOME", home.path), shell("SHELL", "/bin/sh"),
      path("PATH", home.path + ":/usr/bin:/bin");
  const EnvironmentOptions options{.state_dir = home.path + "/state"};
  ServerConfig server = with("x");
  server.command = "sh";
  CHECK(variable(*resolved(server, options), "PATH") == home.path + ":/usr/bin:/bin");
  CHECK_FALSE(std::filesystem::exists(home.path + "/asked"));
  server.command = "no-such-command-anywhere";
  CHECK(variable(*resolved(server, options), "PATH").find(":/added") != std::string::npos);
}

TEST_CASE("in a workspace, variables and folders are those of the client and not ours") {
  const Variable ours("CALLGATE_TEST_OURS", "gate"), both("CALLGATE_TEST_BOTH", "gate");
  const Folder folder;
  std::ofstream(folder.path + "/key") << "of the folder\n";
  const auto workspace = std::make_shared<Workspace>(Workspace{folder.path,
                                                               {{"PATH", "/usr/bin:/bin"},
                                                                {"CALLGATE_TEST_BOTH", "client"},
                                                                {"CALLGATE_TEST_DATA", "/data"}}});
  ServerConfig server = with("${env:CALLGATE_TEST_BOTH}");
  server.cwd = folder.path;
  server.args = {"../beside"};
  server.env_pass = {"CALLGATE_TEST_OURS", "CALLGATE_TEST_DATA"};
  server.env.emplace_back("FILE", "${file:key}");
  server.env.emplace_back("COMMAND", "${cmd:echo \"$PWD $CALLGATE_TEST_BOTH\"}");
  const auto result = resolved(
      server, {.state_dir = "", .home = "/home/me", .login_path = LoginPath::Off}, workspace);
  REQUIRE(result.ok());
  CHECK(variable(*result, "X") == "client");
  CHECK(variable(*result, "CALLGATE_TEST_OURS") == "none");
  CHECK(variable(*result, "FILE") == "of the folder");
  CHECK(variable(*result, "COMMAND") == folder.path + " client");
  CHECK(result->folders.cwd == folder.path);
  const std::vector<std::string>& folders = result->folders.folders;
  const std::string beside = std::filesystem::path(folder.path).parent_path() / "beside";
  for (const std::string& wanted : {beside, std::string("/data")})
    CHECK(std::find(folders.begin(), folders.end(), wanted) != folders.end());
}
