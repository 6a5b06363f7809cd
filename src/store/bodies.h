// Makes of a message's bytes what the record keeps: masked first, then cut, with both digests.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>

#include "callgate/base/digest.h"
#include "callgate/record/events.h"
#include "callgate/store/recorder.h"

namespace callgate {

struct KeptBody {
  std::string bytes;  ///< masked and cut
  bool present = false;
  uint64_t size = 0;  ///< of the original
  uint32_t masked = 0;
  Digest digest{};  ///< SHA-256 of `bytes`
  Digest wire{};    ///< HMAC of what was forwarded
  bool has_wire = false;
  /// Nothing was masked or cut.
  bool whole() const { return masked == 0 && bytes.size() == size; }
};

/// An event as it waits for its commit. Its Body is empty: what is kept of it lies in `body`.
struct PendingRow {
  RecordEvent event;
  KeptBody body;
  bool reported = false;  ///< a start whose call has been told already, well or badly
  size_t bytes = 0;       ///< about what it takes in memory
};

/// One thread; the loop and the preparer's thread have one each.
class BodyKeeper {
 public:
  BodyKeeper(std::string_view wire_key, size_t body_limit);
  /// The row keeps nothing of the event's message alive.
  PendingRow keep(RecordEvent event, const std::shared_ptr<const Masker>& masker);

 private:
  KeptBody keep_body(const Body& body, std::string_view wire, const Masker& masker);
  void mask_name(std::string& name, const std::shared_ptr<const Masker>& masker, uint32_t& masked);

  Hmac hmac_;
  size_t body_limit_;
  std::unordered_set<std::string> clean_;  // names in which `clean_by_` found no secret
  std::shared_ptr<const Masker> clean_by_;
};

/// Bytes of the event's bodies, before masking.
size_t body_bytes(const RecordEvent& event);

}  // namespace callgate
