#include "writer.h"

#include <cstring>

namespace callgate {

namespace {

// The maximum number of targets, rulings and payloads whose ids are kept in memory. At this number,
// all ids of the table are dropped.
constexpr size_t kKnownTargets = 4096;
constexpr size_t kKnownPayloads = 1024;
// Calls with equal bodies within an hour share a payload. Later calls store the body again, because
// retention drops a payload by its own age, not by that of the calls.
constexpr Micros kShareBody{3'600'000'000};

}  // namespace

void OpenCalls::ended(CallNumber call) {
  // The window has 2 MiB of bits, one for each call. If the lowest open call is further back, low_
  // stays as it is, and the next gate process only needs more time to find lost calls.
  constexpr size_t kWindow = size_t{1} << 24;
  if (call < low_ || call - low_ >= kWindow) return;
  const size_t at = call - low_;
  if (at >= ended_.size()) ended_.resize(at + 1);
  ended_[at] = true;
  if (at != 0) return;
  size_t done = 0;
  while (done < ended_.size() && ended_[done]) ++done;
  ended_.erase(ended_.begin(), ended_.begin() + static_cast<std::ptrdiff_t>(done));
  low_ += static_cast<CallNumber>(done);
}

size_t RowWriter::DigestHash::operator()(const Digest& d) const {
  size_t hash = 0;
  std::memcpy(&hash, d.data(), sizeof hash);
  return hash;
}

int RowWriter::write(const PendingRow& row) {
  switch (row.event.index()) {
    case 0:
      return write(std::get<0>(row.event));
    case 1:
      return write(std::get<1>(row.event));
    case 2:
      return write(std::get<2>(row.event));
    case 3:
      return write(std::get<CallStarted>(row.event), row.body);
    case 4:
      return write(std::get<CallFinished>(row.event), row.body);
    case 5:
      return write(std::get<Question>(row.event), row.body);
    case 6:
      return write(std::get<FindingRaised>(row.event));
    case 7:
      return write(std::get<DeadEndChanged>(row.event));
    case 8:
      return write(std::get<QuestionAnswered>(row.event), row.body);
    default:
      return SQLITE_DONE;  // CallSkipped, for which there is no row
  }
}

namespace {

std::string lines_of(const std::vector<std::string>& words) {
  std::string lines;
  for (const std::string& word : words) lines += (lines.empty() ? "" : "\n") + word;
  return lines;
}

}  // namespace

int RowWriter::write(const SessionOpened& e) {
  return session_.bind(1, numbered_id(run_, e.session))
      .bind(2, e.at.count())
      .bind(3, e.client_name)
      .bind(4, e.client_version)
      .bind(5, e.process.pid)
      .bind(6, e.process.exe)
      .bind(7, e.profile)
      .bind(8, e.protocol)
      .bind(9, e.era)
      .bind(10, e.process.start)
      .bind(11, e.process.cwd)
      .bind(12, e.process.user)
      .bind(13, lines_of(e.process.parents))
      .bind(14, e.peer)
      .bind(15, e.token)
      .run();
}

int RowWriter::write(const SessionClosed& e) {
  return session_end_.bind(1, numbered_id(run_, e.session))
      .bind(2, e.at.count())
      .bind(3, e.reason)
      .run();
}

int RowWriter::write(const ServerSeen& e) {
  return server_.bind(1, run_)
      .bind(2, e.at.count())
      .bind(3, e.server)
      .bind(4, e.pid)
      .bind(5, e.name)
      .bind(6, e.version)
      .bind(7, e.protocol)
      .run();
}

int RowWriter::write(const CallStarted& e, const KeptBody& body) {
  int64_t target_id = 0, ruling_id = 0, payload_id = 0;
  int rc = target(e, target_id);
  if (rc == SQLITE_DONE) rc = ruling(e.permission, e.rule, e.because, ruling_id);
  if (rc == SQLITE_DONE) rc = payload(body, e.at, payload_id);
  if (rc != SQLITE_DONE) return rc;
  started_.bind(1, started_id(run_, e.call)).bind(2, e.at.count()).bind(3, e.session);
  started_.bind(4, target_id).bind(5, ruling_id).bind(6, e.client_id);
  started_.bind(8, static_cast<int64_t>(body.size)).bind(9, body.masked);
  if (body.present) {
    started_.bind(7, payload_id).bind(10, body.digest);
  } else {
    started_.bind_null(7).bind_null(10);
  }
  body.has_wire ? started_.bind(11, body.wire) : started_.bind_null(11);
  if (const int bound = bind_touches(started_, 12, e.touches); bound != SQLITE_DONE) return bound;
  texts_.started(e.call, e.at, body.bytes);
  return started_.run();
}

int RowWriter::write(const CallFinished& e, const KeptBody& body) {
  int64_t payload_id = 0;
  if (const int rc = payload(body, e.at, payload_id); rc != SQLITE_DONE) return rc;
  finished_.bind(1, ended_id(run_, e.call)).bind(2, e.at.count());
  finished_.bind(3, static_cast<int64_t>(e.outcome)).bind(4, e.duration.count());
  finished_.bind(5, e.waited.count());
  e.error_code ? finished_.bind(6, *e.error_code) : finished_.bind_null(6);
  e.error.empty() ? finished_.bind_null(7) : finished_.bind(7, e.error);
  finished_.bind(9, static_cast<int64_t>(body.size)).bind(10, body.masked);
  if (body.present) {
    finished_.bind(8, payload_id).bind(11, body.digest);
  } else {
    finished_.bind_null(8).bind_null(11);
  }
  body.has_wire ? finished_.bind(12, body.wire) : finished_.bind_null(12);
  finished_.bind(13, e.rounds);
  if (const int bound = bind_touches(finished_, 14, e.touches); bound != SQLITE_DONE) return bound;
  bind_facts(finished_, 15, e.facts, body.whole());
  texts_.ended(e.call, e.at, body.bytes, e.error);
  return finished_.run();
}

int RowWriter::write(const Question& e, const KeptBody& body) {
  int64_t ruling_id = 0, payload_id = 0;
  int rc = ruling(e.permission, e.rule, e.because, ruling_id);
  if (rc == SQLITE_DONE) rc = payload(body, e.at, payload_id);
  if (rc != SQLITE_DONE) return rc;
  question_.bind(1, numbered_id(run_, e.number)).bind(2, e.at.count()).bind(3, e.session);
  question_.bind(4, e.call).bind(5, e.server).bind(6, e.method).bind(7, ruling_id);
  question_.bind(9, static_cast<int64_t>(body.size)).bind(10, body.masked);
  if (body.present) {
    question_.bind(8, payload_id).bind(11, body.digest);
  } else {
    question_.bind_null(8).bind_null(11);
  }
  return question_.run();
}

int RowWriter::write(const QuestionAnswered& e, const KeptBody& body) {
  int64_t payload_id = 0;
  if (const int rc = payload(body, e.at, payload_id); rc != SQLITE_DONE) return rc;
  answer_.bind(1, numbered_id(run_, e.number)).bind(2, e.at.count()).bind(3, e.session);
  answer_.bind(4, e.call).bind(5, e.server).bind(6, e.method).bind(7, e.action).bind(8, e.because);
  answer_.bind(10, static_cast<int64_t>(body.size)).bind(11, body.masked);
  if (body.present) {
    answer_.bind(9, payload_id).bind(12, body.digest);
  } else {
    answer_.bind_null(9).bind_null(12);
  }
  body.has_wire ? answer_.bind(13, body.wire) : answer_.bind_null(13);
  return answer_.run();
}

int RowWriter::write(const FiledBatch& batch) {
  int rc = SQLITE_DONE;
  for (const FiledRow& row : batch.rows) {
    if (rc != SQLITE_DONE) return rc;
    filed_.bind(1, row.id).bind(2, row.last).bind_blob(3, row.calls);
    rc = filed_.bind_blob(4, row.figures).bind_blob(5, row.touched).run();
  }
  for (const uint32_t run : batch.runs)
    if (rc == SQLITE_DONE) rc = run_filed_.bind(1, run).run();
  return rc;
}

int RowWriter::write_text_blocks() {
  for (const TextBlock& block : texts_.ready()) {
    text_block_.bind(1, started_id(run_, block.first)).bind(2, block.last);
    text_block_.bind(3, block.at.count() / 1'000'000);
    const int rc = text_block_.bind_blob(4, block.trigrams).bind_blob(5, block.others).run();
    if (rc != SQLITE_DONE) return rc;
  }
  return SQLITE_DONE;
}

int RowWriter::write(const Gap& gap) {
  return gap_.bind(1, run_)
      .bind(2, gap.last.count())
      .bind(3, gap.first.count())
      .bind(4, gap.last.count())
      .bind(5, static_cast<int64_t>(gap.events))
      .bind(6, gap.reason)
      .run();
}

int RowWriter::write_low() {
  const int rc = low_.bind(1, open_calls_.low()).bind(2, run_).run();
  if (rc == SQLITE_DONE) written_low_ = open_calls_.low();
  return rc;
}

int RowWriter::payload(const KeptBody& body, Micros at, int64_t& id) {
  if (!body.present) return SQLITE_DONE;
  if (const auto known = payloads_.find(body.digest);
      known != payloads_.end() && at - known->second.at < kShareBody && at >= known->second.at) {
    id = known->second.id;
    return SQLITE_DONE;
  }
  const int rc = payload_.bind(1, at.count() / 1'000'000).bind_blob(2, body.bytes).run();
  if (rc != SQLITE_DONE) return rc;
  id = sqlite3_last_insert_rowid(db_.get());
  if (payloads_.size() >= kKnownPayloads) payloads_.clear();
  payloads_[body.digest] = {id, at};
  return rc;
}

int RowWriter::target(const CallStarted& e, int64_t& id) {
  const int64_t read_only = e.read_only ? *e.read_only : -1;
  key_.assign(1, static_cast<char>(e.kind)).append(1, static_cast<char>(read_only));
  for (const std::string* part : {&e.server, &e.tool, &e.exposed, &e.era}) {
    const auto size = static_cast<uint32_t>(part->size());
    key_.append(reinterpret_cast<const char*>(&size), sizeof size).append(*part);
  }
  if (const auto known = targets_.find(key_); known != targets_.end()) {
    id = known->second;
    return SQLITE_DONE;
  }
  target_.bind(1, static_cast<int64_t>(e.kind)).bind(2, e.server).bind(3, e.tool);
  target_.bind(4, e.exposed).bind(5, e.era);
  e.read_only ? target_.bind(6, read_only) : target_.bind_null(6);
  const int rc = target_.run();
  if (rc != SQLITE_DONE) return rc;
  id = sqlite3_last_insert_rowid(db_.get());
  if (targets_.size() >= kKnownTargets) targets_.clear();
  targets_[key_] = id;
  return rc;
}

int RowWriter::ruling(Permission permission, const std::string& rule, const std::string& because,
                      int64_t& id) {
  const auto size = static_cast<uint32_t>(rule.size());
  key_.assign(1, static_cast<char>(permission));
  key_.append(reinterpret_cast<const char*>(&size), sizeof size).append(rule).append(because);
  if (const auto known = rulings_.find(key_); known != rulings_.end()) {
    id = known->second;
    return SQLITE_DONE;
  }
  const int rc =
      ruling_.bind(1, static_cast<int64_t>(permission)).bind(2, rule).bind(3, because).run();
  if (rc != SQLITE_DONE) return rc;
  id = sqlite3_last_insert_rowid(db_.get());
  if (rulings_.size() >= kKnownTargets) rulings_.clear();
  rulings_[key_] = id;
  return rc;
}

}  // namespace callgate
