// The script of `callgate demo`: the calls that its client makes, and the answers that it expects.
#pragma once

#include <string>

#include "cli/text/terminal.h"
#include "demo_client.h"

namespace callgate {

/// Plays the script and prints each step to stdout. Fails if an answer differs from what the script
/// expects. `client` and `screen` must outlive this object.
class DemoScript {
 public:
  /// `secret` is a value that the client writes into a note. The record must not contain this
  /// value.
  DemoScript(DemoClient& client, const Screen& screen, std::string secret);
  Status run();

 private:
  struct Said {
    std::string text;
    bool failed = false;
    std::string decision;
  };

  void show_step(std::string_view title, std::string_view text);
  Result<Said> call(std::string_view tool, const std::string& args);
  Result<Said> said(const Result<MessagePtr>& answer) const;

  Status greet();
  Status allowed();
  Status secret();
  Status denied();
  Status denied_by_path();
  Status failing();
  Status slow();
  Status cancelled();

  DemoClient& client_;
  const Screen& screen_;
  std::string secret_;
  int step_ = 0;
};

}  // namespace callgate
