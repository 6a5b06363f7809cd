// Prints the schema from the shapes that the reader describes.
#include <fmt/core.h>

#include "callgate/wire/writer.h"
#include "reader.h"

namespace callgate {

namespace {

// A size in bytes. A schema of at least this size is printed only once. Where it occurs again, a
// reference ("$ref") replaces it.
constexpr size_t kWorthAReference = 200;

class SchemaPrinter {
 public:
  enum class Repeats { InFull, ByReference };
  SchemaPrinter(const Shapes& shapes, Repeats repeats) : shapes_(shapes), repeats_(repeats) {}

  /// Returns the schema of `key` without the braces around it. `pointer` is the JSON pointer to the
  /// place of this schema in the whole schema.
  std::string body(const std::string& key, const std::string& pointer) {
    const auto found = shapes_.find(key);
    ENSURE(found != shapes_.end());
    if (const std::string first = printed_before(key, pointer); !first.empty())
      return "\"$ref\":" + quote(first);
    const Shape& shape = found->second;
    const size_t structures = (shape.members.empty() ? 0 : 1) + shape.map + shape.list;
    const bool several = structures + shape.scalars.size() > 1;
    std::vector<std::string> all = shape.scalars;
    const auto inside = [&] {
      return several ? fmt::format("{}/anyOf/{}", pointer, all.size()) : pointer;
    };
    if (!shape.members.empty()) all.push_back(object(key, shape, inside()));
    if (shape.map) all.push_back(map(key, shape, inside()));
    if (shape.list) all.push_back(list(key, shape, inside()));
    return several ? any_of(all) : all.at(0);
  }

 private:
  static std::string any_of(const std::vector<std::string>& all) {
    std::string out;
    for (const std::string& each : all) out += (out.empty() ? "{" : ",{") + each + "}";
    return "\"anyOf\":[" + out + "]";
  }

  static std::string constraints(const Shape& shape) {
    std::string out;
    for (const std::string& each : shape.constraints) out += "," + each;
    return out;
  }

  std::string object(const std::string& key, const Shape& shape, const std::string& pointer) {
    std::string members;
    for (const std::string& name : shape.members) {
      const std::string member = key.empty() ? name : key + "." + name;
      if (!shapes_.contains(member)) continue;  // the reader refuses this member always
      members += members.empty() ? "" : ",";
      members += fmt::format("{}:{{{}{}}}", quote(name), notes(member),
                             body(member, fmt::format("{}/properties/{}", pointer, name)));
    }
    return fmt::format(R"("type":"object","properties":{{{}}},"additionalProperties":false{})",
                       members, constraints(shape));
  }

  std::string map(const std::string& key, const Shape& shape, const std::string& pointer) {
    return fmt::format(R"("type":"object","additionalProperties":{{{}}}{})",
                       body(key + ".*", pointer + "/additionalProperties"), constraints(shape));
  }

  std::string list(const std::string& key, const Shape& shape, const std::string& pointer) {
    return fmt::format(R"("type":"array","items":{{{}}}{})", body(key + "[]", pointer + "/items"),
                       constraints(shape));
  }

  static std::string notes(const std::string& key) {
    const KeyNote* const note = key_note(key);
    if (note == nullptr) return "";
    std::string out = "\"description\":" + quote(note->about) + ",";
    if (!note->preset.empty()) out += "\"default\":" + note->preset + ",";
    return out;
  }

  /// Returns the JSON pointer to an equal schema that was printed before; empty if there was none.
  std::string printed_before(const std::string& key, const std::string& pointer) {
    if (repeats_ == Repeats::InFull) return "";
    const std::string whole = SchemaPrinter(shapes_, Repeats::InFull).body(key, "");
    if (whole.size() < kWorthAReference) return "";
    const auto [first, fresh] = printed_.emplace(whole, pointer);
    return fresh ? "" : first->second;
  }

  const Shapes& shapes_;
  const Repeats repeats_;
  // Maps each schema that was printed to its JSON pointer.
  std::map<std::string, std::string> printed_;
};

}  // namespace

std::string config_schema() {
  Shapes shapes;
  Reader reader(shapes);
  LoadedConfig unused;
  read_config(reader, Value(), unused);
  return R"({"$schema":"https://json-schema.org/draft/2020-12/schema",)"
         R"("title":"The configuration of callgate","description":"See callgate-config(5).",)" +
         SchemaPrinter(shapes, SchemaPrinter::Repeats::ByReference).body("", "#") + "}";
}

}  // namespace callgate
