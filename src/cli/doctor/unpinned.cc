#include "unpinned.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "callgate/base/ascii.h"
#include "callgate/base/path_text.h"

namespace callgate {

namespace {

using Words = std::vector<std::string>;

bool one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool begins_with_digit(std::string_view text) { return !text.empty() && is_digit(text.front()); }

/// Returns true if `package` is a local file or the URL of a repository, and not the name of a
/// package in a registry.
bool is_elsewhere(const std::string& package) {
  return package.empty() || package.find("://") != std::string::npos ||
         one_of(package.substr(0, 1), {".", "/", "~"});
}

/// Returns nullopt for "name@1.2.3" and "@scope/name@1.2.3". A tag such as @latest does not name
/// one specific version.
std::optional<Unpinned> check_npm(const std::string& package) {
  if (is_elsewhere(package)) return std::nullopt;
  const size_t at = package.find('@', 1);
  if (at != std::string::npos && begins_with_digit(std::string_view(package).substr(at + 1)))
    return std::nullopt;
  return Unpinned{package, package.substr(0, at) + "@1.2.3"};
}

/// Returns nullopt for "name==1.2.3" and "name@1.2.3", also with extras ("name[extra]==1.2.3").
std::optional<Unpinned> check_python(const std::string& package) {
  if (is_elsewhere(package)) return std::nullopt;
  const size_t at = package.find_first_of("=@<>~!");
  const size_t version = at == std::string::npos ? at : package.find_first_not_of("=@ ", at);
  const bool exact = at != std::string::npos && (package[at] == '@' || package[at] == '=');
  if (exact && version != std::string::npos &&
      begins_with_digit(std::string_view(package).substr(version)))
    return std::nullopt;
  return Unpinned{package, package.substr(0, at) + "==1.2.3"};
}

/// Returns nullopt for "image:1.2", "host:5000/image:1.2" and "image@sha256:…".
std::optional<Unpinned> check_image(const std::string& image) {
  if (image.empty() || image.find('@') != std::string::npos) return std::nullopt;
  const size_t slash = image.rfind('/');
  const size_t colon = image.find(':', slash == std::string::npos ? 0 : slash);
  if (colon != std::string::npos && image.substr(colon + 1) != "latest") return std::nullopt;
  return Unpinned{image, image.substr(0, colon) + "@sha256:…"};
}

/// Returns the package in the arguments `words` from index `from` on: the value of an option in
/// `naming`, or else the first word that is neither an option nor the value of an option in
/// `valued`.
std::string subject(const Words& words, size_t from, std::initializer_list<std::string_view> valued,
                    std::initializer_list<std::string_view> naming) {
  for (size_t i = from; i < words.size(); ++i) {
    const std::string& word = words[i];
    const size_t equals = word.find('=');
    if (one_of(word, naming)) return i + 1 < words.size() ? words[i + 1] : "";
    if (equals != std::string::npos && one_of(word.substr(0, equals), naming))
      return word.substr(equals + 1);
    if (one_of(word, valued)) {
      ++i;
    } else if (!word.starts_with('-')) {
      return word;
    }
  }
  return "";
}

std::string npm_package(const Words& args, size_t from) {
  return subject(args, from, {"-c", "--call", "--registry", "--cache", "-w", "--workspace"},
                 {"-p", "--package"});
}

std::string python_package(const Words& args, size_t from) {
  return subject(args, from,
                 {"--with", "--python", "-p", "--index", "--index-url", "--extra-index-url",
                  "--default-index", "--env-file", "--refresh-package", "--directory",
                  "--with-requirements", "--pip-args", "--suffix"},
                 {"--from", "--spec"});
}

std::string image_of(const Words& args, size_t from) {
  return subject(
      args, from,
      {"-e",        "--env",      "--env-file",     "-v",           "--volume", "--mount",
       "--name",    "-p",         "--publish",      "--network",    "--net",    "-w",
       "-u",        "--user",     "--workdir",      "--entrypoint", "-h",       "--hostname",
       "-l",        "--label",    "--add-host",     "--platform",   "--pull",   "-m",
       "--memory",  "--cpus",     "--gpus",         "--ulimit",     "--tmpfs",  "--device",
       "--cap-add", "--cap-drop", "--security-opt", "--log-driver", "--ipc",    "--pid",
       "--restart", "--dns",      "--shm-size",     "--cidfile",    "--runtime"},
      {});
}

}  // namespace

std::optional<Unpinned> unpinned(const ServerConfig& server) {
  const std::string program(base_name(server.command));
  const Words& args = server.args;
  const std::string first = args.empty() ? "" : args[0], second = args.size() < 2 ? "" : args[1];
  if (one_of(program, {"npx", "bunx"})) return check_npm(npm_package(args, 0));
  if (one_of(program, {"pnpm", "yarn"}) && first == "dlx") return check_npm(npm_package(args, 1));
  if (program == "npm" && one_of(first, {"exec", "x"})) return check_npm(npm_package(args, 1));
  if (program == "bun" && first == "x") return check_npm(npm_package(args, 1));
  if (program == "uvx") return check_python(python_package(args, 0));
  if (program == "uv" && first == "tool" && second == "run")
    return check_python(python_package(args, 2));
  if (program == "pipx" && first == "run") return check_python(python_package(args, 1));
  if (one_of(program, {"docker", "podman"}) && first == "run")
    return check_image(image_of(args, 1));
  return std::nullopt;
}

}  // namespace callgate
