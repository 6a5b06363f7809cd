// Helpers for the tests of the clients' files.
#pragma once

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "callgate/desktop/registration.h"
#include "desktop/documents/document.h"

namespace callgate {

/// A temporary home folder, with a project in it.
class Home {
 public:
  Home() {
    // Every change of a file is synced. On a disk, this would take most of the tests' time.
    std::string name = ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    name += "/callgate-desktop-XXXXXX";
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = std::filesystem::canonical(name).string();
    std::filesystem::create_directories(path + "/project");
    machine.home = path;
    machine.project = path + "/project";
    machine.variable = [this](const std::string& variable) -> std::optional<std::string> {
      const auto found = variables.find(variable);
      return found == variables.end() ? std::nullopt : std::optional<std::string>(found->second);
    };
    places.home = path;
    places.config_dir = path + "/.config/callgate";
    places.config_file = places.config_dir + "/config.json";
    places.state_dir = path + "/.local/state/callgate";
  }
  ~Home() { std::filesystem::remove_all(path); }

  void write(const std::string& file, std::string_view bytes) const {
    std::filesystem::create_directories(std::filesystem::path(file).parent_path());
    std::ofstream(file, std::ios::binary) << bytes;
  }
  static std::string read(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  FoundFile file(std::string_view client, ClientScope scope = ClientScope::User) const {
    auto found = find_file(*find_client(client), scope, machine);
    REQUIRE(found);
    return *found;
  }
  RegisterRequest request(std::string_view client, ClientScope scope = ClientScope::User) const {
    RegisterRequest out;
    for (const auto& [name, value] : variables) out.machine.set.push_back(name);
    out.file = file(client, scope);
    out.machine.macos = machine.macos;
    out.machine.home = machine.home;
    out.machine.project = machine.project;
    out.machine.variable = machine.variable;
    out.places = places;
    out.binary = "/usr/bin/callgate";
    out.hide = [](const std::string& text) {
      const size_t at = text.find("ghp_");
      return at == std::string::npos ? text : text.substr(0, at) + std::string(kHidden);
    };
    return out;
  }
  Result<CarriedOut> register_with(std::string_view client, ClientScope scope = ClientScope::User) {
    const auto plan = plan_register(request(client, scope));
    if (!plan) return plan.error();
    return carry_out(*plan, places, now += Micros{1});
  }
  /// Undoes all registrations. Returns "exact" or "put back", "none" if there is nothing to undo,
  /// or an error's code.
  std::string unregister() {
    const auto all = registrations(places);
    if (all.empty()) return "none";
    const auto plan = plan_undo(all);
    if (!plan) return plan.error().code;
    const Status done = carry_out(*plan, places);
    if (!done) return done.error().code;
    return plan->exact ? "exact" : "put back";
  }

  std::string path;
  std::map<std::string, std::string> variables;
  Machine machine;
  Places places;
  Micros now{1'795'350'600'000'000};
};

inline std::string code_of(const Result<RegisterPlan>& plan) {
  return plan ? "" : plan.error().code;
}

}  // namespace callgate
