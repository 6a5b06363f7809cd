// Reads typed values out of a walked configuration file and collects what is wrong with them, each
// with its line and column. Given shapes instead of a file, the same functions tell what they would
// accept: that is the schema.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "callgate/config/config.h"
#include "callgate/wire/message.h"
#include "shape.h"

namespace callgate {

/// A value and the dotted key under which it stands: `mcpServers.fs.cwd`.
struct Place {
  Value value;
  std::string key;
};

struct Member {
  std::string name;
  std::function<void(const Place&)> read;
  bool foreign = false;  ///< a client's: read, but neither in the schema nor suggested
};

/// A word of the file and what it means.
template <class E>
using Choices = std::vector<std::pair<std::string, E>>;

/// From 1; zeros: the file as a whole.
struct Position {
  int line = 0, column = 0;
};

class Reader {
 public:
  Reader(std::string file, std::string home);
  /// Describes: every place that could be read is visited once, with an absent value.
  explicit Reader(Shapes& shapes) : shapes_(&shapes) {}

  /// Lines and columns are counted in these bytes; they must outlive the reader.
  void set_text(std::string_view text);
  const std::string& home() const { return home_; }
  Position position_of(size_t offset) const;
  Position position_of(Value value) const;

  void fail(Position position, const std::string& key, std::string code, const std::string& what,
            std::string next);
  void fail(const Place& at, std::string code, const std::string& what, std::string next);
  std::vector<ConfigError> take_errors() { return std::move(errors_); }
  /// How many errors there are, and those that were added since; these leave the list.
  size_t errors() const { return errors_.size(); }
  std::vector<ConfigError> take_errors_since(size_t count);
  /// Not an error: what has no effect.
  void note(const Place& at, const std::string& what, std::string next);
  std::vector<ConfigError> take_notes() { return std::move(notes_); }

  bool describing() const { return shapes_ != nullptr; }
  /// Says what these functions can't tell: another scalar that may stand there ("type":…), or what
  /// holds for its object or list.
  void describe(const Place& at, const std::string& scalar);
  void constrain(const Place& at, const std::string& keywords);

  /// Hands each known member to its reader; unknown ones are errors that name the nearest.
  void object(const Place& at, const std::vector<Member>& members);
  /// The places of an object's members or an array's elements; of anything else none, and an error.
  std::vector<Place> members(const Place& at);
  std::vector<Place> elements(const Place& at);

  std::optional<std::string> text(const Place& at);
  std::vector<std::string> texts(const Place& at);
  /// Numbers and truth values count as text, as they are written.
  std::optional<std::string> scalar(const Place& at);
  std::vector<std::string> scalars(const Place& at);
  std::optional<bool> flag(const Place& at);
  std::optional<uint64_t> count(const Place& at, uint64_t least, uint64_t most);
  std::optional<uint64_t> bytes(const Place& at, uint64_t least, uint64_t most);
  /// A number, fractions too.
  std::optional<double> number(const Place& at, double least, double most);
  std::optional<Millis> duration(const Place& at, Millis least, Millis most);
  /// An absolute folder, `~` expanded.
  std::optional<std::string> folder(const Place& at);
  /// A glob or regular expression: not empty, at most 1,024 bytes, no control characters.
  std::optional<std::string> pattern(const Place& at);

  template <class E>
  std::optional<E> choice(const Place& at, const Choices<E>& choices) {
    std::vector<std::string> words;
    for (const auto& [word, meaning] : choices) {
      if (at.value.text_is(word)) return meaning;
      words.push_back(word);
    }
    describing() ? describe_choice(at, words) : fail_choice(at, words);
    return std::nullopt;
  }

 private:
  void fail_choice(const Place& at, const std::vector<std::string>& words);
  void describe_choice(const Place& at, const std::vector<std::string>& words);
  void fail_type(const Place& at, const std::string& wanted);
  ConfigError error_at(Position position, const std::string& key, std::string code,
                       const std::string& what, std::string next) const;

  std::string file_, home_;
  std::string_view text_;
  std::vector<size_t> line_starts_{0};
  std::vector<ConfigError> errors_, notes_;
  Shapes* shapes_ = nullptr;
};

/// Fit for a terminal and short: control characters escaped, cut after 80 bytes.
std::string shown(std::string_view text);
/// ASCII control characters, DEL and the C1 range in UTF-8.
bool has_control(std::string_view text);

/// The whole file; the configuration of `loaded` gets what could be read.
void read_config(Reader& reader, Value root, LoadedConfig& loaded);
/// What is wrong in one server's entry goes to `broken` and concerns that server alone.
std::vector<ServerConfig> read_servers(Reader& reader, const Place& at,
                                       std::vector<ConfigError>& broken);
/// Keys that occur twice in one object, at any depth.
void check_duplicates(Reader& reader, const Place& at);
/// Members of servers' entries that clients have and we don't. The note says what to write instead.
std::vector<Member> client_members(Reader& reader, ServerConfig& server);
HttpConfig read_http(Reader& reader, const Place& at);
GuardConfig read_guard(Reader& reader, const Place& at);
/// Globs that name a server which is not configured.
void check_guard(Reader& reader, const Place& at, const GuardConfig& guard,
                 const std::vector<std::string>& servers);
PolicyConfig read_policy(Reader& reader, const Place& at);
std::vector<ProfileConfig> read_profiles(Reader& reader, const Place& at);
/// Rules that name a server or profile which is not configured, or that can never match. `key` is
/// where the policy stands.
void check_rule_names(Reader& reader, const PolicyConfig& policy, const std::string& key,
                      const std::vector<std::string>& profiles);
/// The same for every profile's policy, which is given the configured servers.
void check_profiles(Reader& reader, const Place& at, const std::vector<std::string>& servers,
                    std::vector<ProfileConfig>& profiles);

}  // namespace callgate
