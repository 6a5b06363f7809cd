// Reads the answers that came after the end of their calls.
#include "history_impl.h"

namespace callgate {

Status RecordReader::prepare_late() {
  const auto there = has_column(db.get(), path, "late_answer", "body");
  if (!there) return there.error();
  if (!*there) return {};
  auto one_call = Statement::prepare(
      db.get(), path,
      "select at, outcome, error_code, error, body, size, masked from late_answer where id = ?");
  if (!one_call) return one_call.error();
  late_answer = std::move(*one_call);
  auto of_run = Statement::prepare(
      db.get(), path, "select id from late_answer where id between ?1 and ?2 order by id");
  if (!of_run) return of_run.error();
  late_calls = std::move(*of_run);
  auto by_time = Statement::prepare(
      db.get(), path, "select id << 1 from late_answer where at >= ? order by at, id");
  if (!by_time) return by_time.error();
  late_since = std::move(*by_time);
  return {};
}

std::optional<LateAnswerRow> RecordReader::late_answer_of(int64_t id, bool bodies) {
  if (!late_answer.get()) return std::nullopt;
  std::optional<LateAnswerRow> late;
  std::optional<int64_t> body;
  if (late_answer.bind(1, numbered_id(run_of(id), call_of(id))).step() == SQLITE_ROW) {
    late.emplace();
    late->at = Micros(late_answer.integer(0));
    late->outcome = static_cast<Outcome>(late_answer.integer(1));
    if (!late_answer.is_null(2)) late->error_code = late_answer.integer(2);
    late->error = late_answer.text(3);
    if (!late_answer.is_null(4)) body = late_answer.integer(4);
    late->result_bytes = static_cast<uint64_t>(late_answer.integer(5));
    late->masked = static_cast<uint32_t>(late_answer.integer(6));
  }
  late_answer.reset();
  if (!late || !bodies) return late;
  auto result = payload_of(body);
  late->result_kept = result || !body;
  late->result = std::move(result).value_or("");
  return late;
}

Result<std::vector<CallNumber>> RecordReader::calls_with_late_answer(uint32_t run) {
  std::vector<CallNumber> calls;
  if (!late_calls.get()) return calls;
  late_calls.bind(1, numbered_id(run, 0)).bind(2, numbered_id(run, ~0u));
  int rc = SQLITE_ROW;
  while ((rc = late_calls.step()) == SQLITE_ROW)
    calls.push_back(static_cast<CallNumber>(late_calls.integer(0)));
  late_calls.reset();
  if (rc != SQLITE_DONE) return database_error(db.get(), rc, path);
  return calls;
}

Result<std::vector<int64_t>> RecordReader::late_answers_since(Micros since) {
  std::vector<int64_t> calls;
  if (!late_since.get()) return calls;
  late_since.bind(1, since.count());
  int rc = SQLITE_ROW;
  while ((rc = late_since.step()) == SQLITE_ROW) calls.push_back(late_since.integer(0));
  late_since.reset();
  if (rc != SQLITE_DONE) return database_error(db.get(), rc, path);
  return calls;
}

Result<std::vector<CallRow>> History::late_answers(const HistoryFilter& filter, Micros since) {
  impl_->forget_wanted();
  const auto found = impl_->late_answers_since(since);
  if (!found) return found.error();
  std::vector<CallRow> rows;
  for (const int64_t id : *found) {
    const auto pair = impl_->find(id);
    if (!pair) return pair.error();
    if (!*pair || !impl_->wanted(filter, **pair)) continue;
    const Micros at((*pair)->at);
    if (at >= filter.since.value_or(at) && at <= filter.until.value_or(at))
      rows.push_back(impl_->row_of(**pair, filter.bodies));
  }
  return rows;
}

}  // namespace callgate
