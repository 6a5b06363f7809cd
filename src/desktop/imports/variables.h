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

/// What the variables in a value mean depends on these facts.
struct TemplateScope {
  VariableSyntax syntax = VariableSyntax::None;
  std::string home;
  std::string project;  ///< empty if unknown
  /// Variables that the entry itself sets for the server. The client does not replace references to
  /// these variables.
  std::vector<std::string> own;
  /// True if ${X} means an input, as ${{ inputs.X }} does (VariableSyntax::Inputs).
  bool short_inputs = false;
};

struct Template {
  std::vector<TemplatePiece> pieces;
  /// References to variables that have no counterpart in our syntax, in the form in which the
  /// client's file has them, such as `${config:key}`.
  std::vector<std::string> unknown;

  bool plain() const;        ///< true if the value has no variables
  std::string text() const;  ///< the text if plain()
  std::vector<std::string> variables() const;
};
bool is_variable_name(std::string_view name);
Template read_template(std::string_view value, const TemplateScope& scope);

/// Writes the value for `env` in our configuration: text with ${env:}, ${file:}, ${cmd:} and
/// ${secret:}.
std::string as_reference(const Template& value);
/// Writes the value as one word for /bin/sh. If a variable is not set and has no fallback, the
/// shell ends with an error that contains the variable's name.
std::string as_shell_word(const Template& value);
std::string shell_quoted(std::string_view text);
/// Escapes a text so that our configuration finds no reference in it.
std::string escaped_text(std::string_view text);

}  // namespace callgate
