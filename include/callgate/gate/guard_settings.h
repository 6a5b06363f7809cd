// Translates the guard's part of the configuration into the guard's own terms.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/config/config.h"
#include "callgate/guard/guard.h"
#include "callgate/guard/ladder.h"

namespace callgate {

Thresholds thresholds_of(const GuardConfig& config);

/// Immutable, so any thread may use it.
class GuardSettings {
 public:
  /// `servers` are the names of all configured servers. A pattern such as `mcp__github` means all
  /// tools of the server `github` if `servers` contains this name.
  explicit GuardSettings(const GuardConfig& config = {},
                         const std::vector<std::string>& servers = {});

  const Thresholds& thresholds() const { return thresholds_; }
  const std::vector<Step>& ladder() const { return ladder_; }
  bool stops_at_known_dead_ends() const { return stops_at_known_; }
  /// True if the configuration declares that the tool reads, false if it declares that it writes,
  /// empty if it declares neither.
  std::optional<bool> reads(std::string_view server, std::string_view tool) const;
  /// The guard's rules that do not apply to the tool.
  ExemptRules exempt(std::string_view server, std::string_view tool) const;

 private:
  struct Exemption {
    std::string glob;
    ExemptRules rules = 0;
  };
  struct Reading {
    std::string glob;
    bool reads = false;
  };
  Thresholds thresholds_;
  std::vector<Step> ladder_;
  std::vector<Exemption> exempt_;
  std::vector<Reading> effects_;
  bool stops_at_known_ = false;
};

}  // namespace callgate
