#include "bodies.h"

#include "callgate/wire/message.h"
#include "callgate/wire/writer.h"
#include "cutting.h"

namespace callgate {

namespace {

// Returns the largest offset up to `limit` that is not within a UTF-8 sequence, so that the text
// before it is valid.
size_t cut_at(std::string_view bytes, size_t limit) {
  if (bytes.size() <= limit) return bytes.size();
  size_t at = limit;
  while (at > 0 && (static_cast<unsigned char>(bytes[at]) & 0xc0) == 0x80) --at;
  return at;
}

constexpr size_t kLongestWords = size_t{16} << 10;
// The masker reads this many bytes beyond the cut, so that it sees all of a secret that the cut
// goes through.
constexpr size_t kLookedBehind = size_t{8} << 10;

// Masks a plain text (a sentence, a name or a URI), then cuts it. The masker reads JSON only, so
// the text is turned into a JSON string and back.
void mask_words(std::string& words, const Masker& masker, uint32_t& masked) {
  words.resize(cut_at(words, kLongestWords + kLookedBehind));
  if (masker && !words.empty()) {
    MaskedText text = masker(quote(words), SIZE_MAX);
    if (text.masked > 0) {
      masked += text.masked;
      const auto message = Walker().walk(std::move(text.text));
      words = message ? (*message)->root().text() : "[masked]";
    }
  }
  words.resize(cut_at(words, kLongestWords));
}

void mask_json(std::string& json, const Masker& masker) {
  if (!masker) return;
  MaskedText text = masker(json, SIZE_MAX);
  if (text.masked > 0) json = std::move(text.text);
}

// If the masker found no secret in a body, then a name that appears in this body is no secret
// either, and need not be masked. Only bodies up to kShortBody are searched for the name, since the
// search must be cheaper than masking. A name may be missing in the body because it was decoded or
// resolved.
constexpr size_t kShortBody = 4096;
constexpr size_t kMadeUpName = 512, kLongestError = 2048, kLongestTarget = 2048;
constexpr size_t kCleanNames = 1024, kCleanName = 256;
constexpr std::string_view kCutMark = "\u2026";

void mask_touches(std::vector<DataItem>& touches, const KeptBody& told_by, const Masker& masker) {
  uint32_t counted_already = 0;
  const bool clean = told_by.whole() && told_by.bytes.size() <= kShortBody;
  for (DataItem& touch : touches) {
    const bool looked_at = clean && told_by.bytes.find(touch.what) != std::string::npos;
    if (!looked_at) mask_words(touch.what, masker, counted_already);
    if (touch.what.size() <= kDataItemBytes) continue;
    touch.what.resize(cut_at(touch.what, kDataItemBytes - kCutMark.size()));
    touch.what += kCutMark;
  }
}

}  // namespace

BodyKeeper::BodyKeeper(std::string_view wire_key, size_t body_limit)
    : hmac_(wire_key), body_limit_(body_limit) {}

KeptBody BodyKeeper::keep_body(const Body& body, std::string_view wire, const Masker& masker) {
  KeptBody kept;
  if (!wire.empty()) {
    kept.wire = hmac_(wire);
    kept.has_wire = true;
  }
  if (body.bytes.empty()) return kept;
  kept.present = true;
  kept.size = body.bytes.size();
  // Mask before cutting. After a cut through a secret, the masker would not recognise its half.
  MaskedText text;
  if (masker) text = masker(body.bytes, SIZE_MAX);
  kept.masked = text.masked;
  kept.bytes = cut_json(text.masked > 0 ? text.text : body.bytes, body_limit_);
  kept.digest = sha256(kept.bytes);
  return kept;
}

// Calls use the same few names again and again. Names in which the masker found no secret are
// remembered, because looking one up costs less than masking it again.
void BodyKeeper::mask_name(std::string& name, const std::shared_ptr<const Masker>& masker,
                           uint32_t& masked) {
  if (name.empty() || !*masker) return;
  if (clean_by_ != masker || clean_.size() >= kCleanNames) {
    clean_.clear();
    clean_by_ = masker;
  }
  if (name.size() <= kCleanName && clean_.contains(name)) return;
  const uint32_t before = masked;
  mask_words(name, *masker, masked);
  if (masked == before && name.size() <= kCleanName) clean_.insert(name);
}

PendingRow BodyKeeper::keep(RecordEvent event, const std::shared_ptr<const Masker>& with) {
  const Masker& masker = *with;
  PendingRow row;
  uint32_t ignored = 0;
  if (auto* started = std::get_if<CallStarted>(&event)) {
    row.body = keep_body(started->args, started->wire, masker);
    started->args = {};
    started->wire = {};
    mask_name(started->tool, with, row.body.masked);
    mask_name(started->exposed, with, ignored);
    mask_name(started->because, with, ignored);
    if (started->client_id.starts_with('"')) mask_json(started->client_id, masker);
    // No server has this name, so the client made it up. The limit is low, since a client may make
    // up many long names.
    if (started->server.empty()) {
      started->tool = cut_text(started->tool, kMadeUpName);
      started->exposed = cut_text(started->exposed, kMadeUpName);
    }
    started->tool = cut_text(started->tool, kLongestTarget);
    started->exposed = cut_text(started->exposed, kLongestTarget);
    started->rule = cut_text(started->rule, kLongestTarget);
    started->because = cut_text(started->because, kLongestTarget);
    started->client_id = cut_text(started->client_id, kMadeUpName);
    mask_touches(started->touches, row.body, masker);
  } else if (auto* finished = std::get_if<CallFinished>(&event)) {
    row.body = keep_body(finished->result, finished->wire, masker);
    finished->result = {};
    finished->wire = {};
    mask_words(finished->error, masker, row.body.masked);
    finished->error = cut_text(finished->error, kLongestError);
    mask_touches(finished->touches, row.body, masker);
  } else if (auto* late = std::get_if<LateAnswer>(&event)) {
    row.body = keep_body(late->result, late->wire, masker);
    late->result = {};
    late->wire = {};
    mask_words(late->error, masker, row.body.masked);
    late->error = cut_text(late->error, kLongestError);
  } else if (auto* question = std::get_if<Question>(&event)) {
    row.body = keep_body(question->params, {}, masker);
    question->params = {};
    mask_words(question->method, masker, row.body.masked);
    mask_words(question->because, masker, row.body.masked);
  } else if (auto* answered = std::get_if<QuestionAnswered>(&event)) {
    row.body = keep_body(answered->answer, answered->wire, masker);
    answered->answer = {};
    answered->wire = {};
    mask_words(answered->because, masker, row.body.masked);
    answered->because = cut_text(answered->because, kLongestError);
  } else if (auto* found = std::get_if<FindingRaised>(&event)) {
    mask_words(found->finding.summary, masker, row.body.masked);
    mask_words(found->finding.instead, masker, row.body.masked);
    mask_words(found->finding.tool, masker, ignored);
    mask_words(found->finding.agent, masker, ignored);
  } else if (auto* changed = std::get_if<DeadEndChanged>(&event)) {
    mask_words(changed->change.dead_end.subject, masker, row.body.masked);
    mask_words(changed->change.dead_end.tool, masker, ignored);
    mask_words(changed->change.dead_end.agent, masker, ignored);
  } else if (auto* seen = std::get_if<ServerSeen>(&event)) {
    for (std::string* claimed : {&seen->name, &seen->version, &seen->protocol})
      mask_words(*claimed, masker, ignored);
  } else if (auto* opened = std::get_if<SessionOpened>(&event)) {
    for (std::string* claimed : {&opened->client_name, &opened->client_version, &opened->protocol})
      mask_words(*claimed, masker, ignored);
  }
  row.bytes = sizeof row + row.body.bytes.size();
  row.event = std::move(event);
  return row;
}

size_t body_bytes(const RecordEvent& event) {
  if (const auto* started = std::get_if<CallStarted>(&event)) {
    return std::max(started->args.bytes.size(), started->wire.size());
  }
  if (const auto* finished = std::get_if<CallFinished>(&event)) {
    return std::max(finished->result.bytes.size(), finished->wire.size());
  }
  if (const auto* question = std::get_if<Question>(&event)) return question->params.bytes.size();
  if (const auto* answered = std::get_if<QuestionAnswered>(&event))
    return std::max(answered->answer.bytes.size(), answered->wire.size());
  if (const auto* late = std::get_if<LateAnswer>(&event))
    return std::max(late->result.bytes.size(), late->wire.size());
  return 0;
}

}  // namespace callgate
