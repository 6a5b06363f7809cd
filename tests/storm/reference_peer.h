// A peer that reads messages in every way in which programs are known to read them: lines, keys,
// repeated keys, URLs, texts that contain JSON, paths. It shares no code with src/.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reference_json.h"

namespace reference {

/// How a program compares keys. Folded: like Go's encoding/json and .NET, which ignore case and
/// read U+017F as `s` and U+212A as `k`. Cut: like C strings, which end at a NUL.
enum class Keys { Exact, Folded, Cut, FoldedAndCut };
/// Which member a program uses if two have the same key.
enum class Wins { First, Last };

struct Reading {
  Keys keys;
  Wins wins;
};
const std::vector<Reading>& all_readings();
std::string name(const Reading& reading);

/// Returns the lines of a reader with universal newlines: \r, \n, \r\n, VT, FF, FS to RS, U+0085,
/// U+2028 and U+2029 end a line. Blank lines are omitted.
std::vector<std::string> lines_of(std::string_view bytes);

std::string key_as(Keys keys, std::string_view key);
/// Returns the member that this reading uses, or nullptr if there is none.
const Json* find(const Json& object, std::string_view key, const Reading& reading);
/// Whether all readings use the same member, with the same bytes.
bool same_for_all(const Json& object, std::string_view key, std::string& why);
/// Whether some reading takes two different keys of an object in the value for the same key.
bool has_twins(const Json& value, std::string& why);
/// Returns a text that is equal for all values that are equal for this reading.
std::string canonical(const Json& value, const Reading& reading);

/// Collects all texts in the value, and those in texts that contain JSON.
void collect_texts(const Json& value, std::vector<std::string>& to, int levels = 6);

/// Returns `new URL(text).href` up to its path: scheme and host are in lower case, white space and
/// controls are removed, and dots are resolved. Returns "" if it is not a URL.
std::string url_of(std::string_view text);

/// Returns the paths to which a program may resolve `text`: joined with each base as by Python's
/// os.path, and as the path of a file URL.
std::vector<std::string> paths_of(const std::string& text, const std::vector<std::string>& bases,
                                  const std::string& home);

}  // namespace reference
