// Reads clients' variables in the values of their entries, and writes them in our syntax.
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
  std::optional<std::string> fallback;  ///< the value if the variable is empty or not set
};

/// What the meaning of a value's variables depends on.
struct TemplateScope {
  VariableSyntax syntax = VariableSyntax::None;
  std::string home;
  std::string project;  ///< empty if unknown
  /// Variables that the entry itself sets, which are for the server and not for the client.
  std::vector<std::string> own;
  /// True if ${X} is an input like ${{ inputs.X }} (VariableSyntax::Inputs).
  bool short_inputs = false;
};

struct Template {
  std::vector<TemplatePiece> pieces;
  /// Variables without a counterpart, as written, such as `${config:key}`.
  std::vector<std::string> unknown;

  bool plain() const;        ///< it has only text
  std::string text() const;  ///< the text of a plain one
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
