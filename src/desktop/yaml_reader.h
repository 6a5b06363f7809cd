// Reads a YAML text once, from the beginning to the end. yaml.h describes the syntax that this
// reader knows.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "yaml.h"

namespace callgate {

inline constexpr int kMostYamlDepth = 64;

class YamlReader {
 public:
  explicit YamlReader(std::string_view text) : text_(text) {}

  Result<YamlMapping> root(std::string_view wanted);

  Result<YamlMapping> members_of(const YamlMember& parent);
  Result<YamlMapping> items_of(const YamlMember& parent);

 private:
  char peek(size_t ahead = 0) const;
  std::string fail(const std::string& what);
  size_t indent_of(size_t at) const;
  bool is_space(size_t at) const;
  bool is_dash(size_t at) const;
  bool document_end() const;
  bool only_comment(size_t at) const;
  void skip_spaces();
  bool at_line_end() const { return only_comment(at_); }
  /// Moves to the first character of the next line that has more than a comment.
  void next_content();
  void to_next_line();
  void end_line();
  /// Reads one member of a mapping whose keys are at `indent`. If `wanted` is not empty, values of
  /// other keys are skipped.
  YamlMember member(size_t indent, std::string_view wanted);
  std::string key();
  void refuse_marks();
  /// Skips a value, whose syntax this reader may not know, up to the next key without indentation.
  void skip_value();
  /// Reads the value after a colon or a dash of a collection at `indent`.
  std::string value(size_t indent, int depth);
  /// Reads a value in the lines after its key. The dashes of a list must have an indentation of at
  /// least `dash_indent`.
  std::string below(size_t indent, size_t dash_indent, int depth);
  std::string plain_or_flow(size_t indent);
  bool is_key_ahead() const;
  std::string mapping(size_t indent, int depth);
  std::string sequence(size_t indent, int depth);
  /// Reads one item of a list whose dashes are at `indent`, starting at its dash.
  std::string item(size_t indent, int depth);
  /// Reads a plain scalar, which continues in lines that are indented further.
  std::string plain(size_t indent);
  static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

  static std::string typed(const std::string& text);
  std::string block_scalar(size_t indent);
  std::string quoted() { return peek() == '"' ? double_quoted() : single_quoted(); }

  /// Folds line ends inside quotes: a single line end becomes a blank, and each empty line becomes
  /// a line end.
  void fold(std::string& out);
  std::string single_quoted();
  std::string double_quoted();
  void escape(std::string& out);
  void skip_flow_blanks();
  std::string flow(int depth);
  std::string flow_plain();
  std::string flow_collection(int depth);

  const std::string_view text_;
  size_t at_ = 0;
  size_t content_end_ = 0;  // the offset after the last line with content
  std::optional<std::pair<size_t, std::string>> error_;  // offset and message
};

}  // namespace callgate
