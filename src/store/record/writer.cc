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

namespace {

std::string lines_of(const std::vector<std::string>& words) {
  std::string lines;
  for (const std::string& word : words) lines += (lines.empty() ? "" : "\n") + word;
  return lines;
}

// Binds the columns `body`, `size`, `masked` and `digest`.
void bind_body(Statement::Use& row, const KeptBody& body, int64_t payload) {
  body.present ? row.bind(payload) : row.bind_null();
  row.bind(static_cast<int64_t>(body.size)).bind(body.masked);
  body.present ? row.bind(body.digest) : row.bind_null();
}

// Binds the column `wire`.
void bind_wire(Statement::Use& row, const KeptBody& body) {
  body.has_wire ? row.bind(body.wire) : row.bind_null();
}

}  // namespace

int RowWriter::write(const PendingRow& row) {
  return std::visit([&](const auto& event) { return write(event, row.body); }, row.event);
}

int RowWriter::write(const SessionOpened& e, const KeptBody&) {
  return Statement::Use(session_)
      .bind(numbered_id(run_, e.session))
      .bind(e.at.count())
      .bind(e.client_name)
      .bind(e.client_version)
      .bind(e.process.pid)
      .bind(e.process.exe)
      .bind(e.profile)
      .bind(e.protocol)
      .bind(e.era)
      .bind(e.process.start)
      .bind(e.process.cwd)
      .bind(e.process.user)
      .bind(lines_of(e.process.parents))
      .bind(e.peer)
      .bind(e.token)
      .step();
}

int RowWriter::write(const SessionClosed& e, const KeptBody&) {
  return Statement::Use(session_end_)
      .bind(numbered_id(run_, e.session))
      .bind(e.at.count())
      .bind(e.reason)
      .step();
}

int RowWriter::write(const ServerSeen& e, const KeptBody&) {
  return Statement::Use(server_)
      .bind(run_)
      .bind(e.at.count())
      .bind(e.server)
      .bind(e.pid)
      .bind(e.name)
      .bind(e.version)
      .bind(e.protocol)
      .step();
}

int RowWriter::write(const CallStarted& e, const KeptBody& body) {
  int64_t target_id = 0, ruling_id = 0, payload_id = 0;
  int rc = target(e, target_id);
  if (rc == SQLITE_DONE) rc = ruling(e.permission, e.rule, e.because, ruling_id);
  if (rc == SQLITE_DONE) rc = payload(body, e.at, payload_id);
  if (rc != SQLITE_DONE) return rc;
  Statement::Use row(started_);
  row.bind(started_id(run_, e.call)).bind(e.at.count()).bind(e.session);
  row.bind(target_id).bind(ruling_id).bind(e.client_id);
  bind_body(row, body, payload_id);
  bind_wire(row, body);
  if (const int bound = bind_touches(row, e.touches); bound != SQLITE_DONE) return bound;
  texts_.started(e.call, e.at, body.bytes);
  return row.step();
}

int RowWriter::write(const CallFinished& e, const KeptBody& body) {
  int64_t payload_id = 0;
  if (const int rc = payload(body, e.at, payload_id); rc != SQLITE_DONE) return rc;
  Statement::Use row(finished_);
  row.bind(ended_id(run_, e.call)).bind(e.at.count()).bind(static_cast<int64_t>(e.outcome));
  row.bind(e.duration.count()).bind(e.waited.count()).bind(e.error_code);
  e.error.empty() ? row.bind_null() : row.bind(e.error);
  bind_body(row, body, payload_id);
  bind_wire(row, body);
  row.bind(e.rounds);
  if (const int bound = bind_touches(row, e.touches); bound != SQLITE_DONE) return bound;
  bind_facts(row, e.facts, body.whole());
  e.earlier == 0 ? row.bind_null() : row.bind(static_cast<int64_t>(e.earlier));
  texts_.ended(e.call, e.at, body.bytes, e.error);
  return row.step();
}

int RowWriter::write(const Question& e, const KeptBody& body) {
  int64_t ruling_id = 0, payload_id = 0;
  int rc = ruling(e.permission, e.rule, e.because, ruling_id);
  if (rc == SQLITE_DONE) rc = payload(body, e.at, payload_id);
  if (rc != SQLITE_DONE) return rc;
  Statement::Use row(question_);
  row.bind(numbered_id(run_, e.number)).bind(e.at.count()).bind(e.session);
  row.bind(e.call).bind(e.server).bind(e.method).bind(ruling_id);
  bind_body(row, body, payload_id);
  return row.step();
}

int RowWriter::write(const QuestionAnswered& e, const KeptBody& body) {
  int64_t payload_id = 0;
  if (const int rc = payload(body, e.at, payload_id); rc != SQLITE_DONE) return rc;
  Statement::Use row(answer_);
  row.bind(numbered_id(run_, e.number)).bind(e.at.count()).bind(e.session);
  row.bind(e.call).bind(e.server).bind(e.method).bind(e.action).bind(e.because);
  bind_body(row, body, payload_id);
  bind_wire(row, body);
  return row.step();
}

int RowWriter::write(const CallSkipped&, const KeptBody&) { return SQLITE_DONE; }

// The text is not added to texts_, because the call's block may already be written. So searches do
// not rely on texts_ for calls with a late answer, but always read them.
int RowWriter::write(const LateAnswer& e, const KeptBody& body) {
  int64_t payload_id = 0;
  if (const int rc = payload(body, e.at, payload_id); rc != SQLITE_DONE) return rc;
  Statement::Use row(late_answer_);
  row.bind(numbered_id(run_, e.call)).bind(e.at.count()).bind(static_cast<int64_t>(e.outcome));
  row.bind(e.error_code);
  e.error.empty() ? row.bind_null() : row.bind(e.error);
  bind_body(row, body, payload_id);
  bind_wire(row, body);
  return row.step();
}

int RowWriter::write(const RetriesEnded& e, const KeptBody&) {
  return Statement::Use(retries_ended_)
      .bind(static_cast<int64_t>(e.call))
      .bind(e.at.count())
      .step();
}

int RowWriter::write(const FiledBatch& batch) {
  int rc = SQLITE_DONE;
  for (const FiledRow& row : batch.rows) {
    if (rc != SQLITE_DONE) return rc;
    rc = Statement::Use(filed_)
             .bind(row.id)
             .bind(row.last)
             .bind_blob(row.calls)
             .bind_blob(row.figures)
             .bind_blob(row.touched)
             .step();
  }
  for (const uint32_t run : batch.runs)
    if (rc == SQLITE_DONE) rc = Statement::Use(run_filed_).bind(run).step();
  return rc;
}

int RowWriter::write_text_blocks() {
  for (const TextBlock& block : texts_.ready()) {
    Statement::Use row(text_block_);
    row.bind(started_id(run_, block.first)).bind(block.last).bind(block.at.count() / 1'000'000);
    const int rc = row.bind_blob(block.trigrams).bind_blob(block.others).step();
    if (rc != SQLITE_DONE) return rc;
  }
  return SQLITE_DONE;
}

int RowWriter::write(const Gap& gap) {
  return Statement::Use(gap_)
      .bind(run_)
      .bind(gap.last.count())
      .bind(gap.first.count())
      .bind(gap.last.count())
      .bind(static_cast<int64_t>(gap.events))
      .bind(gap.reason)
      .step();
}

int RowWriter::write_low() {
  const int rc = Statement::Use(low_).bind(open_calls_.low()).bind(run_).step();
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
  const int rc = Statement::Use(payload_).bind(at.count() / 1'000'000).bind_blob(body.bytes).step();
  if (rc != SQLITE_DONE) return rc;
  id = sqlite3_last_insert_rowid(db_.get());
  if (payloads_.size() >= kKnownPayloads) payloads_.clear();
  payloads_[body.digest] = {id, at};
  return rc;
}

int RowWriter::target(const CallStarted& e, int64_t& id) {
  const int64_t read_only = e.read_only ? *e.read_only : -1;
  key_.assign(1, static_cast<char>(e.kind)).append(1, static_cast<char>(read_only));
  for (const std::string* part : {&e.server, &e.tool, &e.exposed, &e.era, &e.account}) {
    const auto size = static_cast<uint32_t>(part->size());
    key_.append(reinterpret_cast<const char*>(&size), sizeof size).append(*part);
  }
  if (const auto known = targets_.find(key_); known != targets_.end()) {
    id = known->second;
    return SQLITE_DONE;
  }
  const int rc = Statement::Use(target_)
                     .bind(static_cast<int64_t>(e.kind))
                     .bind(e.server)
                     .bind(e.tool)
                     .bind(e.exposed)
                     .bind(e.era)
                     .bind(e.read_only)
                     .bind(e.account)
                     .step();
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
  const int rc = Statement::Use(ruling_)
                     .bind(static_cast<int64_t>(permission))
                     .bind(rule)
                     .bind(because)
                     .step();
  if (rc != SQLITE_DONE) return rc;
  id = sqlite3_last_insert_rowid(db_.get());
  if (rulings_.size() >= kKnownTargets) rulings_.clear();
  rulings_[key_] = id;
  return rc;
}

}  // namespace callgate
