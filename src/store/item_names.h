// Numbers for touched items: rows of `item`, with each name once.
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "history_impl.h"

namespace callgate {

/// True if `name` is the folder or address itself or is below it, by whole components.
inline bool lies_under(std::string_view name, std::string_view folder) {
  while (!folder.empty() && folder.back() == '/') folder.remove_suffix(1);
  return name.substr(0, folder.size()) == folder &&
         (name.size() == folder.size() || name[folder.size()] == '/');
}

/// Numbers for pairs of kind and name, each pair once. A flat table over one block of text, because
/// there are hundreds of thousands of names, and access to memory takes most of the time.
class ItemNames {
 public:
  static constexpr uint32_t kNone = ~0u;
  struct Item {
    TouchKind kind{};
    uint32_t size = 0;
    size_t at = 0;  // in the text
  };

  uint32_t number(TouchKind kind, std::string_view name) {
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
  TouchKind kind(uint32_t number) const { return items_[number].kind; }
  std::string_view name(uint32_t number) const { return name(items_[number]); }

 private:
  struct Slot {
    uint64_t hash = 0;
    uint32_t number = kNone;
  };

  std::string_view name(const Item& item) const {
    return std::string_view(text_).substr(item.at, item.size);
  }
  static uint64_t hash_of(TouchKind kind, std::string_view name) {
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
  std::vector<Slot> slots_;  // their count is a power of two, at most half are used
  std::string text_;
};

/// Numbers for items, each item once, although several rows may have the same item. Reads many rows
/// at a time, because rows of one week are next to each other.
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
    return {};
  }

  /// The item's number; kNone if it is not under the requested folder, or does not exist.
  uint32_t number(int64_t id) {
    const auto [block, fresh] = blocks_.try_emplace(id / kBlock);
    if (fresh) load(block->first, block->second);
    return block->second[static_cast<size_t>(id % kBlock)];
  }
  const ItemNames& names() const { return names_; }
  /// An error once rows could not be read.
  const Status& status() const { return status_; }

 private:
  static constexpr int64_t kBlock = 256;
  using Block = std::array<uint32_t, kBlock>;

  void load(int64_t at, Block& block) {
    block.fill(kNone);
    rows_.bind(1, at * kBlock).bind(2, at * kBlock + kBlock - 1);
    int rc = SQLITE_ROW;
    while ((rc = rows_.step()) == SQLITE_ROW) {
      const std::string_view name = rows_.view(2);
      const int64_t kind = rows_.integer(1);
      if (kind < 0 || kind > static_cast<int64_t>(TouchKind::Other)) continue;
      if (!under_.empty() && !lies_under(name, under_)) continue;
      block[static_cast<size_t>(rows_.integer(0) - at * kBlock)] =
          names_.number(static_cast<TouchKind>(kind), name);
    }
    rows_.reset();
    if (rc != SQLITE_DONE && status_.ok()) status_ = database_error(db_, rc, path_);
  }

  sqlite3* db_ = nullptr;
  std::string path_;
  Status status_;
  std::string under_;
  Statement rows_;
  std::unordered_map<int64_t, Block> blocks_;
  ItemNames names_;
};

}  // namespace callgate
