// Reads the variables in the values of clients' entries, each client in its own syntax, and writes
// them in our syntax.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/desktop/clients.h"

namespace callgate {

struct TemplatePiece {
  enum class Kind { Text, Variable, File, Secret } kind = Kind::Text;
  std::string text;  ///< the text, the variable's name, the file's path or the secret's name
  std::optional<std::string> fallback;  ///< the value if the variable is empty or not set
};

/// The context on which the meaning of a value's variables depends.
struct TemplateScope {
  VariableSyntax syntax = VariableSyntax::None;
  std::string home;
  std::string project;  ///< empty if unknown
  /// Variables that the entry itself sets. The client does not replace them, because they are for
  /// the server.
  std::vector<std::string> own;
  /// True if ${X} is an input like ${{ inputs.X }} (VariableSyntax::Inputs).
  bool short_inputs = false;
};

struct Template {
  std::vector<TemplatePiece> pieces;
  /// Variables that have no counterpart in our syntax, as they are written, such as
  /// `${config:key}`.
  std::vector<std::string> unknown;

  bool plain() const;        ///< true if the value has no variables
  std::string text() const;  ///< the text if plain()
  std::vector<std::string> variables() const;
};
Template read_template(std::string_view value, const TemplateScope& scope);

/// Writes the value for `env` in our configuration: text with ${env:}, ${file:}, ${cmd:} and
/// ${secret:}.
std::string as_reference(const Template& value);
/// Writes the value as one word for /bin/sh. If a variable is not set and has no fallback, the
/// shell ends with an error that names it.
std::string as_shell_word(const Template& value);
std::string shell_quoted(std::string_view text);
/// Escapes a text so that our configuration does not read a reference in it.
std::string escaped_text(std::string_view text);

}  // namespace callgate
