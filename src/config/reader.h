// Reads typed values from a walked configuration file, and collects the errors in them with their
// lines and columns. If the reader has shapes instead of a file, the same functions describe what
// they would accept; the schema is made from this.
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

/// A value and its dotted key, such as `mcpServers.fs.cwd`.
struct Place {
  Value value;
  std::string key;
};

struct Member {
  std::string name;
  std::function<void(const Place&)> read;
  bool foreign = false;  ///< a client's key: it is read, but not in the schema and never suggested
};

/// The words that the file may contain, and their meanings.
template <class E>
using Choices = std::vector<std::pair<std::string, E>>;

/// Counted from 1; zeros mean the file as a whole.
struct Position {
  int line = 0, column = 0;
};

class Reader {
 public:
  Reader(std::string file, std::string home);
  /// Describes instead of reading: every possible place is visited once, with an absent value.
  explicit Reader(Shapes& shapes) : shapes_(&shapes) {}

  /// Lines and columns are counted in this text, which must outlive the reader.
  void set_text(std::string_view text);
  const std::string& home() const { return home_; }
  Position position_of(size_t offset) const;
  Position position_of(Value value) const;

  void fail(Position position, const std::string& key, std::string code, const std::string& what,
            std::string next);
  void fail(const Place& at, std::string code, const std::string& what, std::string next);
  std::vector<ConfigError> take_errors() { return std::move(errors_); }
  /// The number of errors so far.
  size_t errors() const { return errors_.size(); }
  /// Removes and returns the errors after the first `count`.
  std::vector<ConfigError> take_errors_since(size_t count);
  /// Adds a note about a key that has no effect. A note is not an error.
  void note(const Place& at, const std::string& what, std::string next);
  std::vector<ConfigError> take_notes() { return std::move(notes_); }

  bool describing() const { return shapes_ != nullptr; }
  /// Adds a scalar that is also allowed at this place, as JSON Schema keywords ("type":…). No
  /// effect unless describing().
  void describe(const Place& at, const std::string& scalar);
  /// Adds JSON Schema keywords that apply to the object or list at this place. No effect unless
  /// describing().
  void constrain(const Place& at, const std::string& keywords);

  /// Passes each known member to its reader. An unknown member is an error that suggests the
  /// nearest name.
  void object(const Place& at, const std::vector<Member>& members);
  /// Returns the places of an object's members. Any other value is an error and gives no places.
  std::vector<Place> members(const Place& at);
  /// Returns the places of an array's elements. Any other value is an error and gives no places.
  std::vector<Place> elements(const Place& at);

  std::optional<std::string> text(const Place& at);
  std::vector<std::string> texts(const Place& at);
  /// Also accepts numbers and truth values; they are returned as they are written.
  std::optional<std::string> scalar(const Place& at);
  std::vector<std::string> scalars(const Place& at);
  std::optional<bool> flag(const Place& at);
  std::optional<uint64_t> count(const Place& at, uint64_t least, uint64_t most);
  std::optional<uint64_t> bytes(const Place& at, uint64_t least, uint64_t most);
  /// A number, which may be a fraction.
  std::optional<double> number(const Place& at, double least, double most);
  std::optional<Millis> duration(const Place& at, Millis least, Millis most);
  /// An absolute folder; `~` is expanded.
  std::optional<std::string> folder(const Place& at);
  /// A glob or regular expression of 1 to 1,024 bytes without control characters.
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

/// Makes a text safe for a terminal and short: control characters are escaped, and the text is cut
/// after 80 bytes.
std::string shown(std::string_view text);
/// Whether the text has ASCII control characters, DEL, or characters of the C1 range in UTF-8.
bool has_control(std::string_view text);

/// Reads the whole file. What could be read is stored in `loaded.config`.
void read_config(Reader& reader, Value root, LoadedConfig& loaded);
/// Errors in a server's entry are added to `broken` and affect only that server.
std::vector<ServerConfig> read_servers(Reader& reader, const Place& at,
                                       std::vector<ConfigError>& broken);
/// Adds an error for each key that occurs twice in one object, at any depth.
void check_duplicates(Reader& reader, const Place& at);
/// Members of servers' entries that only clients know. Their notes say what to write instead.
std::vector<Member> client_members(Reader& reader, ServerConfig& server);
HttpConfig read_http(Reader& reader, const Place& at);
GuardConfig read_guard(Reader& reader, const Place& at);
/// Adds an error for each glob that names a server which is not configured.
void check_guard(Reader& reader, const Place& at, const GuardConfig& guard,
                 const std::vector<std::string>& servers);
PolicyConfig read_policy(Reader& reader, const Place& at);
std::vector<ProfileConfig> read_profiles(Reader& reader, const Place& at);
/// Adds an error for each rule that names a server or profile which is not configured, or that can
/// never match. `key` is the key of the policy.
void check_rule_names(Reader& reader, const PolicyConfig& policy, const std::string& key,
                      const std::vector<std::string>& profiles);
/// Does the same for every profile's policy, after storing `servers` in it.
void check_profiles(Reader& reader, const Place& at, const std::vector<std::string>& servers,
                    std::vector<ProfileConfig>& profiles);

}  // namespace callgate
