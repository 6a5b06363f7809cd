#include "callgate/base/regex.h"

#include <re2/re2.h>

namespace callgate {

namespace {

constexpr size_t kLongestPattern = 4096;
constexpr int64_t kProgramMemory = int64_t{8} << 20;

re2::StringPiece piece(std::string_view s) { return {s.data(), s.size()}; }

}  // namespace

struct Regex::Impl {
  RE2 re;
  Impl(std::string_view pattern, const RE2::Options& options) : re(piece(pattern), options) {}
};

Regex::Regex(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

Result<Regex> Regex::compile(std::string_view pattern) {
  if (pattern.size() > kLongestPattern)
    return Error{"regex.too_long", "the pattern is longer than 4096 bytes", "shorten it"};
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kProgramMemory);
  auto impl = std::make_unique<Impl>(pattern, options);
  if (!impl->re.ok())
    return Error{"regex.invalid", "the pattern does not compile: " + impl->re.error(),
                 "use RE2 syntax (no look-around, no back-references)"};
  return Regex(std::move(impl));
}

bool Regex::matches_whole(std::string_view text) const {
  return RE2::FullMatch(piece(text), impl_->re);
}

std::optional<std::pair<size_t, size_t>> Regex::find(std::string_view text, size_t from) const {
  re2::StringPiece match;
  if (from > text.size() ||
      !impl_->re.Match(piece(text), from, text.size(), RE2::UNANCHORED, &match, 1))
    return std::nullopt;
  return std::pair{static_cast<size_t>(match.data() - text.data()), match.size()};
}

}  // namespace callgate
