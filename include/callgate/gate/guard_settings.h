// What the configuration says about the guard, as the guard takes it.
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

/// Immutable; any thread.
class GuardSettings {
 public:
  /// `servers`: every configured name, for globs such as `mcp__server`.
  explicit GuardSettings(const GuardConfig& config = {},
                         const std::vector<std::string>& servers = {});

  const Thresholds& thresholds() const { return thresholds_; }
  const std::vector<Step>& ladder() const { return ladder_; }
  bool stops_at_known_dead_ends() const { return stops_at_known_; }
  /// Whether that tool reads (else writes), whatever the server or its name says; empty: the
  /// configuration doesn't say.
  std::optional<bool> reads(std::string_view server, std::string_view tool) const;
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
