#include "secret_moves.h"

#include <fmt/core.h>

#include <map>
#include <utility>

#include "callgate/app/secrets.h"
#include "cli/text/time_text.h"

namespace callgate {

namespace {

constexpr int kMostNumbers = 1000;

class Namer {
 public:
  explicit Namer(std::string state_dir) : state_dir_(std::move(state_dir)) {
    if (auto all = list_secrets(state_dir_))
      for (const SecretEntry& each : *all) known_.emplace(each.name, std::nullopt);
  }

  std::string operator()(const std::string& server, const std::string& variable,
                         const std::string& value) {
    const std::string wanted = secret_name_for(server + "." + variable);
    std::string name = wanted;
    for (int i = 2; !free_for(name, value) && i < kMostNumbers; ++i)
      name = fmt::format("{}-{}", wanted.substr(0, kLongestSecretName - 4), i);
    known_[name] = value;
    return name;
  }

 private:
  bool free_for(const std::string& name, const std::string& value) {
    const auto found = known_.find(name);
    if (found == known_.end()) return true;
    if (!found->second) {
      auto kept = read_secret(state_dir_, name);
      found->second = kept ? *kept : std::string();
    }
    return *found->second == value;
  }

  std::string state_dir_;
  std::map<std::string, std::optional<std::string>> known_;  ///< nullopt: value not read yet
};

}  // namespace

SecretNamer secret_namer(const Places& places) {
  // A shared_ptr, because all copies of the returned function must use the same Namer.
  const auto namer = std::make_shared<Namer>(places.state_dir);
  return [namer](const std::string& server, const std::string& variable, const std::string& value) {
    return (*namer)(server, variable, value);
  };
}

KeptSecrets::~KeptSecrets() {
  for (const std::string& name : fresh_) {
    const auto removed = remove_secret(places_.state_dir, name);
    static_cast<void>(removed.ok());
  }
}

Status KeptSecrets::keep(const std::vector<MovedSecret>& moved) {
  for (const MovedSecret& each : moved) {
    const auto set =
        set_secret(places_.state_dir, each.secret, each.value, SecretKeep::Auto, wall_now());
    if (!set) return set.error();
    if (!set->replaced) fresh_.push_back(each.secret);
  }
  return {};
}

std::string moved_text(const std::vector<MovedSecret>& moved) {
  std::string out;
  for (const MovedSecret& each : moved)
    out += fmt::format("    {} of {}: ${{secret:{}}}\n", each.variable, each.server, each.secret);
  return out;
}

}  // namespace callgate
