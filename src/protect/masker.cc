#include "callgate/protect/masker.h"

#include <algorithm>
#include <cstring>

#include "callgate/wire/utf8.h"
#include "callgate/wire/writer.h"
#include "scanner.h"
#include "shell_text.h"

namespace callgate {

namespace {

// The search for secrets does not end at the cut. It reads this many more bytes of the source,
// which is more than the length of nearly all secrets. If a secret is longer than that, the search
// goes further.
constexpr size_t kMargin = size_t{256} << 10;

// Returns the offset of the quote that ends the string whose characters begin at `from`; the size
// of the text if no quote ends it.
size_t string_end(std::string_view json, size_t from) {
  size_t at = from;
  while (at < json.size()) {
    const void* found = std::memchr(json.data() + at, '"', json.size() - at);
    if (!found) return json.size();
    const auto quote_at = static_cast<size_t>(static_cast<const char*>(found) - json.data());
    size_t backslashes = 0;
    while (quote_at - backslashes > from && json[quote_at - backslashes - 1] == '\\') ++backslashes;
    if (backslashes % 2 == 0) return quote_at;
    at = quote_at + 1;
  }
  return json.size();
}

std::string replaced(std::string_view text, const std::vector<Span>& spans,
                     const Scanner& scanner) {
  std::string out;
  out.reserve(text.size());
  size_t from = 0;
  for (const Span& span : spans) {
    out.append(text, from, span.begin - from).append("[masked:").append(scanner.name(span.pattern));
    // A text that was found only by its shape may be a command, not a secret, so its shell text is
    // shown. (A configured value surely is a secret.) The shown text is masked with the same
    // function. This recursion ends because the text is shorter each time.
    if (span.shaped) {
      const std::string shell = shell_text(text.substr(span.begin, span.end - span.begin),
                                           scanner.is_private_key(span.pattern));
      if (!shell.empty())
        out.append(", holds shell text: ")
            .append(clipped_shell_text(replaced(shell, scanner.scan(shell), scanner)));
    }
    out.append("]");
    from = span.end;
  }
  return out.append(text, from);
}

// Shortens the text to `size` bytes. Keeps up to three bytes more if they complete a character.
void cut(std::string& text, size_t size) {
  const size_t most = size + 3;
  while (size < text.size() && size < most &&
         (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80)
    ++size;
  if (size < text.size()) text.resize(size);
}

// Masks a JSON text in one pass. Unchanged bytes are copied together when the next change comes.
class JsonPass {
 public:
  JsonPass(const Scanner& scanner, std::string_view json, size_t keep)
      : scanner_(scanner), json_(json), keep_(keep) {}

  /// Returns nullopt if the text needs no change.
  std::optional<Masked> run() {
    search();
    if (count_ == 0 && json_.size() <= keep_) return std::nullopt;
    // Copies up to four bytes beyond the limit, so that cut() sees the whole of a character that
    // crosses the limit and can remove it.
    const size_t missing = keep_ > out_.size() ? keep_ - out_.size() : 0;
    const size_t left = json_.size() - copied_;
    copy_until(missing < left ? copied_ + std::min(missing + 4, left) : json_.size());
    cut(out_, keep_);
    return Masked{std::move(out_), count_};
  }

 private:
  void search() {
    size_t at = 0;
    while (at < json_.size() && !enough(at)) {
      const void* found = std::memchr(json_.data() + at, '"', json_.size() - at);
      if (!found) break;
      const auto open = static_cast<size_t>(static_cast<const char*>(found) - json_.data());
      if (enough(open)) break;
      at = string(open);
    }
  }

  size_t written(size_t at) const { return out_.size() + (at - copied_); }
  bool enough(size_t at) const { return written(at) >= keep_; }
  void copy_until(size_t at) {
    if (at > copied_) out_.append(json_, copied_, at - copied_);
    copied_ = std::max(copied_, at);
  }

  // Masks the string that opens at `open`. Returns where the pass continues.
  size_t string(size_t open) {
    const size_t close = string_end(json_, open + 1);
    const std::string_view inside = json_.substr(open + 1, close - open - 1);
    const size_t room = keep_ - written(open);
    // If more than kMargin bytes of the string are after the cut, searches at first only up to
    // kMargin bytes after the cut. If the masked text then ends before the cut, searches a longer
    // part.
    size_t length =
        inside.size() > room && inside.size() - room > kMargin ? room + kMargin : inside.size();
    while (!mask(open, inside.substr(0, length), length == inside.size()))
      length = length > inside.size() / 2 ? inside.size() : length * 2;
    return length == inside.size() ? std::min(close + 1, json_.size()) : json_.size();
  }

  // Returns false if the masked text ends before the cut; then the caller calls again with a longer
  // part of the string.
  bool mask(size_t open, std::string_view inside, bool whole) {
    if (inside.size() < scanner_.shortest()) return true;
    std::string plain;
    std::string_view text = inside;
    if (std::memchr(inside.data(), '\\', inside.size())) {
      plain.reserve(inside.size());
      append_unescaped(plain, inside);
      text = plain;
    }
    const std::vector<Span> spans = scanner_.scan(text);
    if (spans.empty()) return true;
    std::string token = quote(replaced(text, spans, scanner_));
    if (!whole) token.pop_back();
    if (!whole && written(open) + token.size() < keep_) return false;
    copy_until(open);
    out_ += token;
    copied_ = std::min(open + 1 + inside.size() + (whole ? 1 : 0), json_.size());
    count_ += static_cast<uint32_t>(spans.size());
    return true;
  }

  const Scanner& scanner_;
  std::string_view json_;
  size_t keep_, copied_ = 0;
  std::string out_;
  uint32_t count_ = 0;
};

// A cut may leave a part of a secret whose shape is no longer recognised. Such a part has at most
// this many bytes. At the front, more bytes are needed, because the second half of a private key
// looks like any base64. At the end, a key or token is still recognised by its beginning.
constexpr size_t kFrontEdge = 4096, kEndEdge = 256;

bool inside_character(std::string_view text, size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
}

/// Removes at least `edge` bytes at the front. Removes whole characters only and, if there is a
/// line end after these bytes, whole lines.
void leave_out_front(std::string& text, size_t edge) {
  size_t at = std::min(edge, text.size());
  while (inside_character(text, at)) ++at;
  const size_t line = text.find('\n', at);
  text.erase(0, line == std::string::npos ? at : line + 1);
}

/// Removes at least `edge` bytes at the end, as whole characters.
void leave_out_end(std::string& text, size_t edge) {
  size_t at = text.size() - std::min(edge, text.size());
  while (inside_character(text, at)) --at;
  text.resize(at);
}

}  // namespace

struct SecretMasker::Impl {
  Scanner scanner;
};

SecretMasker::SecretMasker(const std::vector<NamedSecret>& secrets)
    : impl_(new Impl{Scanner(secrets)}) {}
SecretMasker::~SecretMasker() = default;

Masked SecretMasker::mask_json(std::string_view json, size_t keep) const {
  std::optional<Masked> masked = changed_json(json, keep);
  return masked ? *std::move(masked) : Masked{std::string(json), 0};
}

std::optional<Masked> SecretMasker::changed_json(std::string_view json, size_t keep) const {
  return JsonPass(impl_->scanner, json, keep).run();
}

Masked SecretMasker::mask_text(std::string_view text, Cut cut) const {
  const std::vector<Span> spans = impl_->scanner.scan(text);
  Masked masked{std::string(text), static_cast<uint32_t>(spans.size())};
  if (!spans.empty()) masked.text = replaced(text, spans, impl_->scanner);
  const size_t longest = impl_->scanner.longest();
  if (cut == Cut::Front) leave_out_front(masked.text, std::max(kFrontEdge, longest));
  if (cut == Cut::End) leave_out_end(masked.text, std::max(kEndEdge, longest));
  return masked;
}

}  // namespace callgate
