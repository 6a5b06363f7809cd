#include "callgate/wire/edits.h"

#include <algorithm>

#include "callgate/wire/writer.h"

namespace callgate {

namespace {

/// Returns the offset where a member (at its key) or an element begins.
uint32_t start_of(const Node& node) {
  return node.key_begin == node.key_end ? node.begin : node.key_begin;
}

}  // namespace

/// Copies one value in document order and applies the edits, which are sorted by node. Recurses
/// once for each level of brackets.
class Edits::Copier {
 public:
  Copier(const Message& message, const std::vector<const Edit*>& edits, uint32_t root)
      : message_(message),
        text_(message.bytes()),
        nodes_(message.nodes()),
        edit_(edits.data()),
        end_(edits.data() + edits.size()),
        at_(nodes_[root].begin) {
    size_t most = nodes_[root].end - nodes_[root].begin + 1;
    for (const Edit* edit : edits) most += edit->text.size() + 1;  // each edit may also add a comma
    out_.reserve(most);
  }

  std::string run(uint32_t root) {
    copy_value(root);
    // All edits must have been applied. An edit is left over if its value is outside of `root`, or
    // inside a value that another edit removes.
    ENSURE(edit_ == end_);
    copy_until(nodes_[root].end);
    return std::move(out_);
  }

 private:
  bool edits_inside(uint32_t node) const {
    return edit_ != end_ && (*edit_)->node < nodes_[node].next;
  }
  bool is_next(Op op, uint32_t node) const {
    return edit_ != end_ && (*edit_)->node == node && (*edit_)->op == op;
  }
  void copy_until(uint32_t place) {
    out_.append(text_, at_, place - at_);
    at_ = place;
  }

  void copy_value(uint32_t node) {
    if (!is_next(Op::Replace, node)) return copy_children(node);
    copy_until(nodes_[node].begin);
    out_ += (*edit_)->text;
    at_ = nodes_[node].end;
    ++edit_;
    ENSURE(!edits_inside(node));
  }

  void copy_children(uint32_t node) {
    const Edit* const* const added = edit_;
    while (is_next(Op::Add, node)) ++edit_;
    const Edit* const* const added_end = edit_;
    bool kept = false, dropped = false;
    uint32_t place = nodes_[node].begin + 1;  // the offset after the previous child
    for (uint32_t child = node + 1; child < nodes_[node].next; child = nodes_[child].next) {
      const uint32_t start = start_of(nodes_[child]);
      if (is_next(Op::Drop, child)) {
        if (kept || !dropped) copy_until(kept ? place : start);
        drop(child);
        dropped = true;
      } else {
        // All children before this one were dropped, so the comma before this child is dropped with
        // them.
        if (!kept && dropped) at_ = start;
        kept = true;
        for (auto a = added; a != added_end && nodes_[node].kind == NodeKind::Object; ++a)
          ENSURE(!Value(message_, child).key_is((*a)->key));
        if (edits_inside(child)) copy_value(child);
      }
      place = nodes_[child].end;
    }
    if (added != added_end) add(added, added_end, place, kept);
  }

  void drop(uint32_t child) {
    at_ = nodes_[child].end;
    while (is_next(Op::Drop, child)) ++edit_;
    ENSURE(!edits_inside(child));
  }

  void add(const Edit* const* added, const Edit* const* end, uint32_t place, bool comma) {
    copy_until(place);
    for (; added != end; ++added, comma = true) {
      if (comma) out_ += ',';
      out_ += (*added)->text;
    }
  }

  const Message& message_;
  const std::string_view text_;
  const std::vector<Node>& nodes_;
  const Edit* const* edit_;
  const Edit* const* const end_;
  uint32_t at_;  // everything before this offset was copied or dropped
  std::string out_;
};

void Edits::replace(Value value, std::string raw) { keep(Op::Replace, value, {}, std::move(raw)); }
void Edits::drop(Value member) { keep(Op::Drop, member, {}, {}); }
void Edits::add(Value object, std::string_view key, std::string raw) {
  ENSURE(object.is_object());
  keep(Op::Add, object, std::string(key), quote(key) + ":" + raw);
}

void Edits::append(Value array, std::string raw) {
  ENSURE(array.is_array());
  keep(Op::Add, array, {}, std::move(raw));
}

void Edits::keep(Op op, Value at, std::string key, std::string text) {
  ENSURE(at && (message_ == nullptr || message_ == &at.message()));
  message_ = &at.message();
  edits_.push_back({op, at.index(), std::move(key), std::move(text)});
}

std::string Edits::apply(Value root) const {
  ENSURE(root && (message_ == nullptr || message_ == &root.message()));
  std::vector<const Edit*> sorted;
  sorted.reserve(edits_.size());
  for (const Edit& edit : edits_) sorted.push_back(&edit);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Edit* a, const Edit* b) { return a->node < b->node; });
  return Copier(root.message(), sorted, root.index()).run(root.index());
}

}  // namespace callgate
