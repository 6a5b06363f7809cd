// Gives small consecutive numbers to the items that calls accessed (rows of the table `item`), so
// that sums over items can be kept in vectors.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "history_impl.h"

namespace callgate {

/// Returns true if `name` is the folder or address `folder` or is below it. "/ab" is not below
/// "/a".
inline bool lies_under(std::string_view name, std::string_view folder) {
  while (!folder.empty() && folder.back() == '/') folder.remove_suffix(1);
  return name.substr(0, folder.size()) == folder &&
         (name.size() == folder.size() || name[folder.size()] == '/');
}

/// Numbers pairs of kind and name; equal pairs get the same number. There are hundreds of thousands
/// of names and access to memory takes most of the time, so all names are in one string, and a hash
/// table without chains refers to them.
class ItemNames {
 public:
  static constexpr uint32_t kNone = ~0u;
  struct Item {
    DataKind kind{};
    uint32_t size = 0;
    size_t at = 0;  // offset of the name in text_
  };

  /// Allocates memory for this number of items, so that it need not grow step by step.
  void reserve(size_t items) {
    constexpr size_t kUsualName = 64;
    items_.reserve(items);
    text_.reserve(items * kUsualName);
    while (items * 2 >= slots_.size()) grow();
  }
  uint32_t number(DataKind kind, std::string_view name) {
    if (items_.size() * 2 >= slots_.size()) grow();
    const uint64_t hash = hash_of(kind, name);
    size_t place = hash & (slots_.size() - 1);
    for (; slots_[place].number != kNone; place = (place + 1) & (slots_.size() - 1)) {
      if (slots_[place].hash != hash) continue;
      const Item& known = items_[slots_[place].number];
      if (known.kind == kind && this->name(known) == name) return slots_[place].number;
    }
    const auto number = static_cast<uint32_t>(items_.size());
    slots_[place] = {hash, number};
    items_.push_back({kind, static_cast<uint32_t>(name.size()), text_.size()});
    text_ += name;
    return number;
  }
  size_t size() const { return items_.size(); }
  DataKind kind(uint32_t number) const { return items_[number].kind; }
  std::string_view name(uint32_t number) const { return name(items_[number]); }

 private:
  struct Slot {
    uint64_t hash = 0;
    uint32_t number = kNone;
  };

  std::string_view name(const Item& item) const {
    return std::string_view(text_).substr(item.at, item.size);
  }
  static uint64_t hash_of(DataKind kind, std::string_view name) {
    return std::hash<std::string_view>()(name) + static_cast<uint64_t>(kind);
  }
  void grow() {
    std::vector<Slot> before(std::max(slots_.size() * 2, size_t{1024}));
    before.swap(slots_);
    for (const Slot& each : before) {
      if (each.number == kNone) continue;
      size_t place = each.hash & (slots_.size() - 1);
      while (slots_[place].number != kNone) place = (place + 1) & (slots_.size() - 1);
      slots_[place] = each;
    }
  }

  std::vector<Item> items_;
  std::vector<Slot> slots_;  // their number is a power of two; at most half of them are used
  std::string text_;
};

/// Returns the number of the item in a row of `item`. Gate processes of older versions wrote
/// several rows with the same kind and name; these get the same number. Reads kBlock rows at a
/// time, because the items of one week have rows next to each other.
class ItemRows {
 public:
  static constexpr uint32_t kNone = ItemNames::kNone;
  Status prepare(RecordReader& reader, const std::string& under) {
    db_ = reader.db.get();
    path_ = reader.path;
    under_ = under;
    auto rows = Statement::prepare(reader.db.get(), reader.path,
                                   "select id, kind, name from item where id between ?1 and ?2");
    if (!rows) return rows.error();
    rows_ = std::move(*rows);
    const auto last = query_integer(db_, path_, "select max(id) from item");
    if (!last) return last.error();
    if (under.empty()) names_.reserve(static_cast<size_t>(std::clamp(*last, int64_t{0}, kMost)));
    return {};
  }

  /// Returns the number of the item in row `id`; kNone if the row does not exist, or if the item is
  /// not below the folder `under` of prepare().
  uint32_t number(int64_t id) {
    const uint32_t number = numbers_[static_cast<uint64_t>(id)];
    if (number != kUnread) return number;
    load(id / kBlock * kBlock);
    return numbers_[static_cast<uint64_t>(id)];
  }
  const ItemNames& names() const { return names_; }
  /// The first error of reading rows, or success.
  const Status& status() const { return status_; }

 private:
  static constexpr uint32_t kUnread = kNone - 1;
  static constexpr int64_t kBlock = 256;
  // The largest number of items for which prepare() allocates memory.
  static constexpr int64_t kMost = int64_t{1} << 20;

  void load(int64_t first) {
    const int64_t last = first + (kBlock - 1);
    for (int64_t id = last; id >= first; --id) numbers_[static_cast<uint64_t>(id)] = kNone;
    rows_.bind(1, first).bind(2, last);
    int rc = SQLITE_ROW;
    while ((rc = rows_.step()) == SQLITE_ROW) {
      const std::string_view name = rows_.view(2);
      const int64_t kind = rows_.integer(1);
      if (kind < 0 || kind > static_cast<int64_t>(DataKind::Other)) continue;
      if (!under_.empty() && !lies_under(name, under_)) continue;
      numbers_[static_cast<uint64_t>(rows_.integer(0))] =
          names_.number(static_cast<DataKind>(kind), name);
    }
    rows_.reset();
    if (rc != SQLITE_DONE && status_.ok()) status_ = database_error(db_, rc, path_);
  }

  sqlite3* db_ = nullptr;
  std::string path_;
  Status status_;
  std::string under_;
  Statement rows_;
  ByNumber<uint32_t, (uint64_t{1} << 24)> numbers_{kUnread};  // by id of the row
  ItemNames names_;
};

}  // namespace callgate
