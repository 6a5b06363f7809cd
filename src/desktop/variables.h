// Clients' variables in the values of their entries, and the same in our words.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/desktop/clients.h"

namespace callgate {

struct TemplatePiece {
  enum class Kind { Text, Variable, File, Secret } kind = Kind::Text;
  std::string text;  ///< or the variable's name, the file's path, the secret's name
  std::optional<std::string> fallback;  ///< of a variable that is not set or empty
};

/// What stands around a value.
struct TemplateScope {
  VariableSyntax syntax = VariableSyntax::None;
  std::string home;
  std::string project;  ///< empty: it is not known
  /// Variables that the entry itself sets: these are for the server, not for the client.
  std::vector<std::string> own;
  bool short_inputs = false;  ///< ${X} is an input, as ${{ inputs.X }} (VariableSyntax::Inputs)
};

struct Template {
  std::vector<TemplatePiece> pieces;
  std::vector<std::string> unknown;  ///< what has no counterpart, as it stands: `${config:key}`

  bool plain() const;        ///< text only
  std::string text() const;  ///< of a plain one
  std::vector<std::string> variables() const;
};
Template read_template(std::string_view value, const TemplateScope& scope);

/// For a value of `env` in our configuration: text with ${env:}, ${file:}, ${cmd:} and ${secret:}.
std::string as_reference(const Template& value);
/// One word for /bin/sh; a variable that is not set and has no fallback ends the shell with its
/// name.
std::string as_shell_word(const Template& value);
std::string shell_quoted(std::string_view text);
/// Text that our configuration's env values don't take for a reference.
std::string escaped_text(std::string_view text);

}  // namespace callgate
