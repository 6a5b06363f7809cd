// Writes the items that calls accessed, and the guard's findings and dead ends.
#include <cstring>

#include "callgate/base/hash.h"
#include "callgate/wire/writer.h"
#include "store/filed/packed_columns.h"
#include "writer.h"

namespace callgate {

namespace {

// The maximum number of items in each of the two tables items_ and older_items_.
constexpr size_t kKnownItems = 8192;

}  // namespace

int RowWriter::item(const DataItem& touch, int64_t& id) {
  key_.assign(1, static_cast<char>(touch.kind)).append(touch.what);
  if (const auto known = items_.find(key_); known != items_.end()) {
    id = known->second;
    return SQLITE_DONE;
  }
  // When items_ is full, it replaces older_items_. An item that is used moves back to items_. So
  // the few items that an agent uses all the time stay known, however many others it reads.
  if (items_.size() >= kKnownItems) {
    older_items_ = std::move(items_);
    items_.clear();
  }
  if (const auto known = older_items_.find(key_); known != older_items_.end()) {
    id = known->second;
    items_.insert(older_items_.extract(known));
    return SQLITE_DONE;
  }
  const int rc = find_or_add_item(touch, id);
  if (rc == SQLITE_DONE) items_[key_] = id;
  return rc;
}

// Finds the item's row, or adds one. The row is looked up by the item's hash and then compared with
// the item, because another item may have the same hash. The lookup finds only one of two such
// items, so the other item gets a new row in each run.
int RowWriter::find_or_add_item(const DataItem& touch, int64_t& id) {
  const auto hash = static_cast<int64_t>(hash_of(key_));
  const auto kind = static_cast<int64_t>(touch.kind);
  {
    Statement::Use found(item_found_);
    const int rc = found.bind(hash).step();
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) return rc;
    if (rc == SQLITE_ROW && item_found_.integer(1) == kind && item_found_.view(2) == touch.what) {
      id = item_found_.integer(0);
      return SQLITE_DONE;
    }
  }
  const int added = Statement::Use(item_).bind(kind).bind(touch.what).step();
  if (added != SQLITE_DONE) return added;
  id = sqlite3_last_insert_rowid(db_.get());
  return Statement::Use(item_place_).bind(hash).bind(id).step();
}

int RowWriter::bind_touches(Statement::Use& row, const std::vector<DataItem>& touches) {
  if (touches.empty()) {
    row.bind_null();
    return SQLITE_DONE;
  }
  touched_.clear();
  for (const DataItem& touch : touches) {
    int64_t id = 0;
    if (const int rc = item(touch, id); rc != SQLITE_DONE) return rc;
    append_touched(touched_, {.item = id, .op = touch.op});
  }
  row.bind_blob(touched_);
  return SQLITE_DONE;
}

void RowWriter::bind_facts(Statement::Use& row, const std::optional<AnswerFacts>& facts,
                           bool body_tells) {
  if (!facts) {
    row.bind(0);
  } else if (body_tells) {
    row.bind(1);
  } else {
    facts_ = packed(*facts);
    row.bind_blob(facts_);
  }
}

int RowWriter::write(const FindingRaised& e, const KeptBody&) {
  const Finding& f = e.finding;
  JsonWriter calls;
  calls.begin_array();
  for (const uint32_t call : f.evidence) calls.integer(call);
  const std::string evidence = calls.end_array().take();
  Statement::Use row(finding_);
  row.bind(numbered_id(run_, e.number)).bind(e.at.count()).bind(f.session).bind(e.call);
  row.bind(static_cast<int64_t>(f.rule)).bind(static_cast<int64_t>(f.level));
  row.bind(static_cast<int64_t>(f.key)).bind(f.agent).bind(f.server).bind(f.tool);
  row.bind(f.summary).bind(f.instead).bind(evidence);
  row.bind_real(f.value).bind_real(f.limit).bind(name(e.step));
  return row.step();
}

int RowWriter::write(const DeadEndChanged& e, const KeptBody&) {
  const DeadEnd& d = e.change.dead_end;
  const bool gone = e.change.what == DeadEndChange::What::Forget;
  Statement::Use row(gone ? dead_end_gone_ : dead_end_);
  row.bind(d.agent).bind(d.server).bind(d.tool).bind(d.subject);
  if (!gone) {
    row.bind(static_cast<int64_t>(d.kind)).bind(d.tries).bind(d.sessions);
    row.bind(d.first.count()).bind(d.last.count()).bind(d.expires.count());
  }
  return row.step();
}

}  // namespace callgate
