#include "callgate/desktop/used_variables.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "callgate/base/ascii.h"
#include "callgate/config/default_environment.h"

namespace callgate {

namespace {

using Words = std::set<std::string>;

/// The variables that a server probably reads if `word` appears in its command or arguments. A name
/// that ends in `_` means all variables that begin with it.
struct UsedVariables {
  std::string_view word;
  std::vector<std::string_view> names;
};

/// The table has the words whose variables do not begin with the word itself. For a word that is
/// not in the table, the variables that begin with the word are assumed.
const std::vector<UsedVariables>& table() {
  static const auto& cloud = *new std::vector<std::string_view>{"GOOGLE_", "CLOUDSDK_", "GCLOUD_"};
  static const auto& containers = *new std::vector<std::string_view>{"DOCKER_", "CONTAINER_"};
  static const auto& clusters = *new std::vector<std::string_view>{"KUBECONFIG", "KUBE_", "HELM_"};
  static const auto& postgres = *new std::vector<std::string_view>{
      "PGHOST",    "PGPORT",    "PGUSER",        "PGPASSWORD", "PGPASSFILE",  "PGDATABASE",
      "PGSSLMODE", "PGSERVICE", "PGSERVICEFILE", "POSTGRES_",  "DATABASE_URL"};
  static const auto& amazon = *new std::vector<std::string_view>{"AWS_"};
  static const auto& faces =
      *new std::vector<std::string_view>{"HF_", "HUGGINGFACE_", "HUGGING_FACE_"};
  static const auto& issues =
      *new std::vector<std::string_view>{"ATLASSIAN_", "JIRA_", "CONFLUENCE_"};
  static const auto& all = *new std::vector<UsedVariables>{
      {"atlassian", issues},
      {"awslabs", amazon},
      {"az", {"AZURE_", "ARM_"}},
      {"azure", {"AZURE_", "ARM_"}},
      {"bedrock", amazon},
      {"bigquery", cloud},
      {"cdk", amazon},
      {"chroma", {"CHROMA_"}},
      {"claude", {"ANTHROPIC_", "CLAUDE_"}},
      {"cloudflare", {"CLOUDFLARE_", "CF_"}},
      {"cloudwatch", amazon},
      {"conda", {"CONDA_"}},
      {"confluence", issues},
      {"datadog", {"DD_", "DATADOG_"}},
      {"docker", containers},
      {"dynamodb", amazon},
      {"elastic", {"ELASTIC_", "ES_", "ELASTICSEARCH_"}},
      {"elasticsearch", {"ELASTIC_", "ES_", "ELASTICSEARCH_"}},
      {"firebase", {"FIREBASE_", "GOOGLE_", "GCLOUD_"}},
      {"gcloud", cloud},
      {"gcp", cloud},
      {"gemini", {"GEMINI_", "GOOGLE_"}},
      {"gh", {"GH_", "GITHUB_"}},
      {"github", {"GH_", "GITHUB_"}},
      {"gmail", cloud},
      {"go", {"GOPATH", "GOROOT", "GOPRIVATE", "GOPROXY", "GOFLAGS"}},
      {"google", cloud},
      {"gopls", {"GOPATH", "GOROOT", "GOPRIVATE", "GOPROXY", "GOFLAGS"}},
      {"helm", clusters},
      {"hf", faces},
      {"huggingface", faces},
      {"java", {"JAVA_HOME", "JAVA_TOOL_OPTIONS"}},
      {"jira", issues},
      {"k8s", clusters},
      {"kubectl", clusters},
      {"kubernetes", clusters},
      {"lambda", amazon},
      {"mariadb", {"MYSQL_", "MARIADB_", "DATABASE_URL"}},
      {"mongo", {"MONGO_", "MONGODB_", "MDB_"}},
      {"mongodb", {"MONGO_", "MONGODB_", "MDB_"}},
      {"mysql", {"MYSQL_", "DATABASE_URL"}},
      {"node", {"NODE_PATH", "NODE_OPTIONS"}},
      {"npm", {"NPM_TOKEN", "NPM_CONFIG_", "NODE_AUTH_TOKEN"}},
      {"npx", {"NPM_TOKEN", "NPM_CONFIG_", "NODE_AUTH_TOKEN"}},
      {"openshift", clusters},
      {"playwright", {"PLAYWRIGHT_"}},
      {"podman", containers},
      {"postgres", postgres},
      {"postgresql", postgres},
      {"prisma", {"PRISMA_", "DATABASE_URL"}},
      {"psql", postgres},
      {"puppeteer", {"PUPPETEER_", "CHROME_"}},
      {"python", {"VIRTUAL_ENV", "PYTHONPATH"}},
      {"python3", {"VIRTUAL_ENV", "PYTHONPATH"}},
      {"s3", amazon},
      {"sql", {"DATABASE_URL"}},
      {"terraform", {"TF_", "TFE_", "AWS_", "ARM_", "GOOGLE_"}},
      {"uv", {"UV_", "PIP_INDEX_URL"}},
      {"uvx", {"UV_", "PIP_INDEX_URL"}},
      {"vertex", cloud},
  };
  return all;
}

/// True for words that name no service, or whose variables belong to the user's session.
bool means_nothing(std::string_view word) {
  static const auto& common = *new std::set<std::string_view>{"api",     "app",
                                                              "bin",     "cli",
                                                              "client",  "code",
                                                              "com",     "context",
                                                              "cursor",  "default",
                                                              "dev",     "desktop",
                                                              "dist",    "env",
                                                              "exec",    "global",
                                                              "gnome",   "gtk",
                                                              "home",    "http",
                                                              "https",   "index",
                                                              "lang",    "latest",
                                                              "local",   "main",
                                                              "mcp",     "model",
                                                              "node",    "nvm",
                                                              "path",    "protocol",
                                                              "run",     "server",
                                                              "servers", "session",
                                                              "shell",   "ssh",
                                                              "stdio",   "term",
                                                              "tool",    "user",
                                                              "vscode",  "windsurf",
                                                              "xdg",     "modelcontextprotocol"};
  return word.size() < 3 || common.contains(word);
}

void add_words(std::string_view text, Words& words) {
  std::string word;
  for (const char c : text) {
    if (is_letter_or_digit(c)) {
      word += lower(c);
    } else if (!word.empty()) {
      words.insert(std::exchange(word, {}));
    }
  }
  if (!word.empty()) words.insert(std::move(word));
}

/// Adds the words of an argument. For a path, adds only the words of its last component, because
/// the folders before it say nothing about the server.
void add_words_of(std::string_view argument, Words& words) {
  constexpr size_t kLongest = 512;
  if (argument.empty() || argument.size() > kLongest || argument.find("://") != argument.npos)
    return;
  const bool path = argument.front() == '/' || argument.front() == '~' || argument.front() == '.';
  add_words(path ? argument.substr(argument.rfind('/') + 1) : argument, words);
}

Words variable_words(const ServerConfig& server) {
  constexpr size_t kArguments = 64;
  Words words;
  add_words_of(server.command.substr(server.command.rfind('/') + 1), words);
  for (size_t i = 0; i < server.args.size() && i < kArguments; ++i) {
    const std::string& argument = server.args[i];
    if (!argument.starts_with('-')) add_words_of(argument, words);
    if (argument.starts_with("--from=")) add_words_of(argument.substr(7), words);
    if (argument.starts_with("--package=")) add_words_of(argument.substr(10), words);
  }
  return words;
}

/// Returns the variables that docker or podman pass from their own environment to the container:
/// `-e NAME`, `--env=NAME`.
std::set<std::string> names_for_containers(const ServerConfig& server) {
  const std::string program = server.command.substr(server.command.rfind('/') + 1);
  std::set<std::string> names;
  if (program != "docker" && program != "podman") return names;
  const auto add = [&names](std::string_view text) {
    if (!text.empty() && text.find('=') == text.npos) names.emplace(text);
  };
  for (size_t i = 0; i < server.args.size(); ++i) {
    const std::string_view argument = server.args[i];
    const bool next = (argument == "-e" || argument == "--env") && i + 1 < server.args.size();
    if (next) add(server.args[++i]);
    if (argument.starts_with("--env=")) add(argument.substr(6));
    if (argument.starts_with("-e") && argument.size() > 2) add(argument.substr(2));
  }
  return names;
}

bool fits(std::string_view name, std::string_view pattern) {
  return pattern.ends_with('_') ? name.starts_with(pattern) && name.size() > pattern.size()
                                : name == pattern;
}

bool speaks_of(const Words& words, std::string_view variable) {
  for (const UsedVariables& row : table()) {
    if (!words.contains(std::string(row.word))) continue;
    for (const std::string_view pattern : row.names)
      if (fits(variable, pattern)) return true;
  }
  return std::any_of(words.begin(), words.end(), [variable](const std::string& word) {
    if (means_nothing(word) || variable.size() <= word.size() + 1) return false;
    if (variable[word.size()] != '_') return false;
    return std::equal(word.begin(), word.end(), variable.begin(),
                      [](char a, char b) { return upper(a) == b; });
  });
}

bool gets(const ServerConfig& server, const std::string& name) {
  const std::vector<std::string>& always = default_environment();
  if (std::find(always.begin(), always.end(), name) != always.end()) return true;
  const auto same = [&name](const auto& each) { return each.first == name; };
  return std::any_of(server.env.begin(), server.env.end(), same) ||
         std::find(server.env_pass.begin(), server.env_pass.end(), name) != server.env_pass.end();
}

}  // namespace

std::vector<std::string> variables_missed(const ServerConfig& server,
                                          const std::vector<std::string>& set) {
  const Words words = variable_words(server);
  const std::set<std::string> named = names_for_containers(server);
  std::set<std::string> missed;
  for (const std::string& name : set)
    if (!gets(server, name) && (named.contains(name) || speaks_of(words, name)))
      missed.insert(name);
  return {missed.begin(), missed.end()};
}

}  // namespace callgate
