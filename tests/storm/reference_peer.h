// A peer that reads messages in every way in which programs are known to read them: lines, keys,
// repeated keys, URLs, texts that hold JSON, paths. It shares no code with src/.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reference_json.h"

namespace reference {

/// How a program compares keys. Folded: Go's encoding/json and .NET, without regard to case, with
/// U+017F as `s` and U+212A as `k`. Cut: C strings, which end at a NUL.
enum class Keys { Exact, Folded, Cut, FoldedAndCut };
/// Which member a program takes when two have one key.
enum class Wins { First, Last };

struct Reading {
  Keys keys;
  Wins wins;
};
const std::vector<Reading>& all_readings();
std::string name(const Reading& reading);

/// The lines of a reader with universal newlines: \r, \n, \r\n, VT, FF, FS to RS, U+0085, U+2028
/// and U+2029 end one. Blank ones are left out.
std::vector<std::string> lines_of(std::string_view bytes);

std::string key_as(Keys keys, std::string_view key);
/// The member that this reading takes; nullptr: there is none.
const Json* find(const Json& object, std::string_view key, const Reading& reading);
/// Whether all readings take the same member, with the same bytes.
bool same_for_all(const Json& object, std::string_view key, std::string& why);
/// Whether two members of one object below, which differ, are one key for some reading.
bool has_twins(const Json& value, std::string& why);
/// One text for all values that are the same for this reading.
std::string canonical(const Json& value, const Reading& reading);

/// All texts in the value, and those in texts that hold JSON.
void collect_texts(const Json& value, std::vector<std::string>& to, int levels = 6);

/// What `new URL(text).href` is, as far as its path: scheme and host in lower case, white space and
/// controls gone, dots undone; empty: no URL.
std::string url_of(std::string_view text);

/// Where a program may look for `text`: joined with each base as Python's os.path does, and as the
/// path of a file URL.
std::vector<std::string> paths_of(const std::string& text, const std::vector<std::string>& bases,
                                  const std::string& home);

}  // namespace reference
