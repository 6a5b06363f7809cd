// Reads typed values from a parsed configuration file, and collects errors with their lines and
// columns. A Reader that was made with Shapes reads no file: instead, the same functions describe
// the values that they would accept, and schema.cc makes the JSON Schema from these descriptions.
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
  /// True for a key that only clients know, and for an old name of a key. The reader accepts such a
  /// key, but never suggests it, and it is not in the schema.
  bool foreign = false;
};

/// The words that a value in the file may have, each with its meaning.
template <class E>
using Choices = std::vector<std::pair<std::string, E>>;

/// A line and a column in the file, both counted from 1. Zeros mean the file as a whole.
struct Position {
  int line = 0, column = 0;
};

class Reader {
 public:
  Reader(std::string file, std::string home);
  /// Makes a reader that describes instead of reading: it visits every possible place once, with an
  /// absent value.
  explicit Reader(Shapes& shapes) : shapes_(&shapes) {}

  /// Sets the text in which lines and columns are counted. It must outlive the reader.
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
  /// Describes a further kind of scalar that is allowed at this place. `scalar` is JSON Schema
  /// keywords ("type":…). No effect unless describing().
  void describe(const Place& at, const std::string& scalar);
  /// Describes further conditions for the object or list at this place. `keywords` are JSON Schema
  /// keywords. No effect unless describing().
  void constrain(const Place& at, const std::string& keywords);

  /// Calls the function of each member whose name is in `members`. An unknown member is an error
  /// that suggests the nearest name.
  void object(const Place& at, const std::vector<Member>& members);
  /// Returns the places of an object's members. If the value is not an object, adds an error and
  /// returns no places.
  std::vector<Place> members(const Place& at);
  /// Returns the places of an array's elements. If the value is not an array, adds an error and
  /// returns no places.
  std::vector<Place> elements(const Place& at);

  std::optional<std::string> text(const Place& at);
  std::vector<std::string> texts(const Place& at);
  /// Like text(), but also accepts numbers, true and false, and returns them as they are written.
  std::optional<std::string> scalar(const Place& at);
  std::vector<std::string> scalars(const Place& at);
  std::optional<bool> flag(const Place& at);
  std::optional<uint64_t> count(const Place& at, uint64_t least, uint64_t most);
  std::optional<uint64_t> bytes(const Place& at, uint64_t least, uint64_t most);
  /// Reads a number, which may have a fraction.
  std::optional<double> number(const Place& at, double least, double most);
  std::optional<Millis> duration(const Place& at, Millis least, Millis most);
  /// Reads the path of a folder, which must be absolute after `~` is expanded.
  std::optional<std::string> folder(const Place& at);
  /// Reads a glob or regular expression of 1 to 1,024 bytes without control characters.
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

/// Returns the text in a form for error messages: control characters are escaped, and the text is
/// cut after 80 bytes.
std::string shown(std::string_view text);
/// Returns whether the text has ASCII control characters, DEL, or characters of the C1 range in
/// UTF-8.
bool has_control(std::string_view text);

/// Reads the root object of the file. Stores all values that could be read in `loaded.config`.
void read_config(Reader& reader, Value root, LoadedConfig& loaded);
/// Reads the servers. An error in a server's entry is added to `broken` and affects only that
/// server.
std::vector<ServerConfig> read_servers(Reader& reader, const Place& at,
                                       std::vector<ConfigError>& broken);
/// Adds an error for each key that occurs twice in one object, at any depth.
void check_duplicates(Reader& reader, const Place& at);
/// Returns the members of servers' entries that clients know. For a member without an effect, the
/// reader adds a note about what to write instead.
std::vector<Member> client_members(Reader& reader, ServerConfig& server);
/// Returns the members of servers' entries that are about a server at a URL.
std::vector<Member> remote_members(Reader& reader, ServerConfig& server);
SignInConfig read_sign_in(Reader& reader, const Place& at);
std::vector<AccountConfig> read_accounts(Reader& reader, const Place& at);
/// Adds an error if the entry has neither "command" nor "url", or keys that do not go together.
void check_remote(Reader& reader, const Place& at, const ServerConfig& server);
HttpConfig read_http(Reader& reader, const Place& at);
GuardConfig read_guard(Reader& reader, const Place& at);
/// Adds an error for each glob that names a server which is not configured.
void check_guard(Reader& reader, const Place& at, const GuardConfig& guard,
                 const std::vector<std::string>& servers);
RetryConfig read_retry(Reader& reader, const Place& at);
/// Like check_guard(), for the object `retry`.
void check_retry(Reader& reader, const Place& at, const std::vector<std::string>& servers);
/// Adds an error if a list has too many globs on names of tools.
void check_glob_count(Reader& reader, const Place& at, size_t count);
/// Adds an error for each of these globs on names of tools that names a server which is not
/// configured. `key` is the key of the object that contains them.
void check_tool_globs(Reader& reader, const std::string& key,
                      const std::vector<std::pair<Place, std::string>>& globs,
                      const std::vector<std::string>& servers);
PolicyConfig read_policy(Reader& reader, const Place& at);
std::vector<ProfileConfig> read_profiles(Reader& reader, const Place& at);
/// Returns the names of all accounts of these servers. A name may occur more than once.
std::vector<std::string> account_names(const std::vector<ServerConfig>& servers);
/// Adds an error for each rule that names a server, profile or account which is not configured, or
/// that can never match. `key` is the key of the policy.
void check_rule_names(Reader& reader, const PolicyConfig& policy, const std::string& key,
                      const std::vector<std::string>& profiles,
                      const std::vector<std::string>& accounts);
/// Stores the servers of the `global` policy in the policy of every profile, and then checks that
/// policy as check_rule_names() does. Adds an error for each chosen account that is not configured.
void check_profiles(Reader& reader, const Place& at, const PolicyConfig& global,
                    const std::vector<ServerConfig>& servers, std::vector<ProfileConfig>& profiles);

}  // namespace callgate
