#include "variables.h"

#include <algorithm>

#include "callgate/base/ascii.h"
#include "callgate/config/secret_names.h"

namespace callgate {

namespace {

using Kind = TemplatePiece::Kind;

class TemplateReader {
 public:
  TemplateReader(std::string_view value, const TemplateScope& scope)
      : value_(value), scope_(scope) {}

  Template run() {
    while (at_ < value_.size()) {
      if (!variable()) text(value_.substr(at_++, 1));
    }
    return std::move(out_);
  }

 private:
  void text(std::string_view part) {
    if (out_.pieces.empty() || out_.pieces.back().kind != Kind::Text) out_.pieces.push_back({});
    out_.pieces.back().text += part;
  }
  void piece(Kind kind, std::string_view name, std::optional<std::string> fallback) {
    out_.pieces.push_back({kind, std::string(name), std::move(fallback)});
  }
  void unknown(std::string_view written) { out_.unknown.emplace_back(written); }

  /// Reads the variable that begins at `at_`. Returns false if no variable begins there.
  bool variable() {
    const std::string_view rest = value_.substr(at_);
    if (scope_.syntax == VariableSyntax::None) return false;
    if (scope_.syntax == VariableSyntax::Braces)
      return braced(rest, "{env:", Kind::Variable) || braced(rest, "{file:", Kind::File);
    if (scope_.syntax == VariableSyntax::Inputs) return input(rest);
    if (rest.size() > 1 && rest[0] == '$' && rest[1] == '{') {
      const size_t end = rest.find('}');
      if (end == std::string_view::npos) return false;
      const std::string_view inside = rest.substr(2, end - 2), written = rest.substr(0, end + 1);
      const bool read =
          scope_.syntax == VariableSyntax::Editor ? editor(inside, written) : shell(inside);
      if (read) at_ += end + 1;
      return read;
    }
    if (scope_.syntax != VariableSyntax::Dollar || rest[0] != '$') return false;
    size_t end = 1;
    while (end < rest.size() && is_variable_name(rest.substr(1, end))) ++end;
    if (end == 1) return false;
    const bool read = shell(rest.substr(1, end - 1));
    if (read) at_ += end;
    return read;
  }

  bool braced(std::string_view rest, std::string_view mark, Kind kind) {
    const size_t end = rest.find('}');
    if (!rest.starts_with(mark) || end == std::string_view::npos) return false;
    std::string inside(rest.substr(mark.size(), end - mark.size()));
    if (kind == Kind::File) inside = file_path(inside);
    piece(kind, inside, std::nullopt);
    at_ += end + 1;
    return true;
  }

  /// Reads an input of Continue. Continue asks the user for the value of an input and stores it. In
  /// our configuration, the input becomes a secret, which the user sets once.
  bool input(std::string_view rest) {
    const bool doubled = rest.starts_with("${{");
    const std::string_view close = doubled ? "}}" : "}";
    const size_t end = rest.find(close);
    if (end == std::string_view::npos || (!doubled && !scope_.short_inputs)) return false;
    if (!doubled && !rest.starts_with("${")) return false;
    const size_t begin = doubled ? 3 : 2;
    std::string_view name = rest.substr(begin, end - begin);
    name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
    name = name.substr(0, name.find_last_not_of(' ') + 1);
    const bool kept = !doubled || name.starts_with("secrets.") || name.starts_with("inputs.");
    const size_t last = name.find_last_of("./");
    const std::string_view short_name = doubled ? name.substr(last + 1) : name;
    at_ += end + close.size();
    if (kept && is_variable_name(short_name))
      return piece(Kind::Secret, secret_name_for(short_name), std::nullopt), true;
    return unknown(rest.substr(0, end + close.size())), true;
  }

  std::string file_path(const std::string& path) const {
    if (path.starts_with("~/")) return scope_.home + path.substr(1);
    if (path.starts_with('/') || scope_.project.empty()) return path;
    return scope_.project + "/" + path;
  }

  bool editor(std::string_view inside, std::string_view written) {
    if (inside == "userHome") return text(scope_.home), true;
    if (inside == "pathSeparator" || inside == "/") return text("/"), true;
    const bool folder =
        inside == "workspaceFolder" || inside == "workspaceFolderBasename" || inside == "cwd";
    if (folder && !scope_.project.empty()) {
      const size_t name = inside == "workspaceFolderBasename" ? scope_.project.rfind('/') + 1 : 0;
      return text(scope_.project.substr(name)), true;
    }
    if (inside.starts_with("env:") && inside.size() > 4)
      return piece(Kind::Variable, inside.substr(4), std::nullopt), true;
    if (inside.starts_with("file:") && inside.size() > 5)
      return piece(Kind::File, file_path(std::string(inside.substr(5))), std::nullopt), true;
    // The client asks the user once for the value of an input and stores it. In our configuration,
    // the input becomes a secret, which the user also sets once.
    if (inside.starts_with("input:") && inside.size() > 6)
      return piece(Kind::Secret, secret_name_for(inside.substr(6)), std::nullopt), true;
    if (!folder && !inside.starts_with("input:") && !inside.starts_with("config:") &&
        !inside.starts_with("command:") && !inside.starts_with("workspaceFolder:"))
      return false;  // the client passes such a text on unchanged
    return unknown(written), true;
  }

  bool shell(std::string_view inside) {
    const size_t bar = inside.find(":-");
    const std::string_view name = inside.substr(0, bar);
    if (!is_variable_name(name)) return false;
    if (std::find(scope_.own.begin(), scope_.own.end(), name) != scope_.own.end()) return false;
    std::optional<std::string> fallback;
    if (bar != std::string_view::npos) fallback = inside.substr(bar + 2);
    piece(Kind::Variable, name, std::move(fallback));
    return true;
  }

  const std::string_view value_;
  const TemplateScope& scope_;
  size_t at_ = 0;
  Template out_;
};

/// Escapes a text so that it can be put between double quotes in the shell.
std::string double_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == '$' || c == '`') out += '\\';
    out += c;
  }
  return out;
}

std::string shell_variable(const TemplatePiece& piece) {
  return "${" + piece.text +
         (piece.fallback ? ":-" + double_escaped(*piece.fallback) : ":?is not set") + "}";
}

}  // namespace

bool Template::plain() const {
  return unknown.empty() &&
         std::all_of(pieces.begin(), pieces.end(),
                     [](const TemplatePiece& each) { return each.kind == Kind::Text; });
}

std::string Template::text() const {
  std::string out;
  for (const TemplatePiece& each : pieces) out += each.text;
  return out;
}

std::vector<std::string> Template::variables() const {
  std::vector<std::string> names;
  for (const TemplatePiece& each : pieces)
    if (each.kind == Kind::Variable) names.push_back(each.text);
  return names;
}

bool is_variable_name(std::string_view name) {
  return !name.empty() && !is_digit(name[0]) && std::all_of(name.begin(), name.end(), [](char c) {
    return is_letter_or_digit(c) || c == '_';
  });
}

Template read_template(std::string_view value, const TemplateScope& scope) {
  return TemplateReader(value, scope).run();
}

std::string escaped_text(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (text[i] == '$' && (next == '$' || next == '{')) out += '$';
    out += text[i];
  }
  return out;
}

std::string as_reference(const Template& value) {
  std::string out;
  for (const TemplatePiece& each : value.pieces) {
    if (each.kind == Kind::Text) {
      // If this text ends with `$` and another piece follows, that piece may begin with the `$` of
      // a reference. Then the `$` at the end of this text must be doubled.
      out += escaped_text(each.text);
      if (each.text.ends_with('$') && &each != &value.pieces.back()) out += '$';
    } else if (each.kind == Kind::File) {
      out += "${file:" + each.text + "}";
    } else if (each.kind == Kind::Secret) {
      out += "${secret:" + each.text + "}";
    } else if (each.fallback) {
      out += "${cmd:printf %s \"" + shell_variable(each) + "\"}";
    } else {
      out += "${env:" + each.text + "}";
    }
  }
  return out;
}

std::string shell_quoted(std::string_view text) {
  constexpr std::string_view kSafe =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@%+,";
  if (!text.empty() && text.find_first_not_of(kSafe) == std::string_view::npos)
    return std::string(text);
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

std::string as_shell_word(const Template& value) {
  if (value.plain()) return shell_quoted(value.text());
  std::string out = "\"";
  for (const TemplatePiece& each : value.pieces) {
    if (each.kind == Kind::Text) out += double_escaped(each.text);
    if (each.kind == Kind::File) out += "$(cat " + shell_quoted(each.text) + ")";
    if (each.kind == Kind::Variable) out += shell_variable(each);
  }
  return out + "\"";
}

}  // namespace callgate
