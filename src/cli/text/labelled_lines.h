// Formats one object (such as a call) for people, as lines with a label and a text.
#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>

#include "json_text.h"
#include "terminal.h"
#include "time_text.h"

namespace callgate {

class LabelledLines {
 public:
  explicit LabelledLines(const Screen& screen) : screen_(screen) {}
  void line(std::string_view label, std::string_view text) {
    const std::string left = fit(label, 9, Align::Left);
    out_ +=
        fmt::format("{} {}\n", styled(screen_, Style::Dim, left), visible(text, Lines::Escaped));
  }
  void body(std::string_view label, const std::string& text, bool kept, uint64_t bytes,
            JsonReader& reader) {
    if (!kept) return line(label, fmt::format("{}, not in the record any more", bytes_text(bytes)));
    if (text.empty()) return line(label, "none");
    line(label, bytes_text(bytes));
    part(text, reader);
  }
  /// Appends JSON text on lines of its own.
  void part(const std::string& text, JsonReader& reader) {
    out_ += reader.for_people(text, 1) + "\n";
  }
  const std::string& text() const { return out_; }

 private:
  const Screen& screen_;
  std::string out_;
};

}  // namespace callgate
