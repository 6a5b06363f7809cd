#include "syntax.h"

namespace callgate {

void Syntax::flag(std::string names, bool& to, std::string about) {
  arguments_.push_back({Argument::Kind::Option, std::move(names), "", std::move(about), &to, {}});
}

void Syntax::value(std::string names, std::string placeholder, std::string& to, std::string about) {
  arguments_.push_back({Argument::Kind::Option,
                        std::move(names),
                        std::move(placeholder),
                        std::move(about),
                        &to,
                        {}});
}

void Syntax::number(std::string names, std::string placeholder, uint64_t& to, std::string about) {
  arguments_.push_back({Argument::Kind::Option,
                        std::move(names),
                        std::move(placeholder),
                        std::move(about),
                        &to,
                        {}});
}

void Syntax::choice(std::string names, std::vector<std::string> allowed, std::string& to,
                    std::string about) {
  std::string placeholder;
  for (const std::string& word : allowed) placeholder += (placeholder.empty() ? "" : "|") + word;
  arguments_.push_back({Argument::Kind::Option, std::move(names), std::move(placeholder),
                        std::move(about), &to, std::move(allowed)});
}

void Syntax::values(std::string names, std::string placeholder, std::vector<std::string>& to,
                    std::string about) {
  arguments_.push_back({Argument::Kind::Option,
                        std::move(names),
                        std::move(placeholder),
                        std::move(about),
                        &to,
                        {}});
}

void Syntax::required(std::string name, std::string& to, std::string about) {
  arguments_.push_back({Argument::Kind::Required, std::move(name), "", std::move(about), &to, {}});
}

void Syntax::optional(std::string name, std::string& to, std::string about) {
  arguments_.push_back({Argument::Kind::Optional, std::move(name), "", std::move(about), &to, {}});
}

void Syntax::many(std::string name, std::vector<std::string>& to, std::string about) {
  arguments_.push_back({Argument::Kind::Many, std::move(name), "", std::move(about), &to, {}});
}

Syntax global_syntax(Common& common) {
  Syntax syntax;
  syntax.value("--config", "FILE", common.config, "the configuration file");
  syntax.flag("--json", common.json, "print one JSON object");
  syntax.flag("--jsonl", common.jsonl, "print one line of JSON per row");
  syntax.flag("--quiet", common.quiet, "print nothing but errors to standard error");
  syntax.flag("--verbose", common.verbose, "print more on standard error");
  syntax.choice("--color", {"auto", "always", "never"}, common.color, "when to use colour");
  return syntax;
}

std::vector<std::string> names_of(const Argument& argument) {
  std::vector<std::string> names;
  size_t from = 0;
  while (from <= argument.names.size()) {
    const size_t comma = std::min(argument.names.find(',', from), argument.names.size());
    names.push_back(argument.names.substr(from, comma - from));
    from = comma + 1;
  }
  return names;
}

}  // namespace callgate
