// Prepares the bodies of events (arguments, results, questions, answers) for the record: masks
// secrets, then cuts the text to its limit, and computes a digest of the kept text and a keyed
// digest of the bytes on the wire.
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
  uint64_t size = 0;  ///< size of the original bytes
  uint32_t masked = 0;
  Digest digest{};  ///< SHA-256 of `bytes`
  Digest wire{};    ///< HMAC of the bytes that were forwarded
  bool has_wire = false;
  /// True if nothing was masked or cut.
  bool whole() const { return masked == 0 && bytes.size() == size; }
};

/// An event that waits for its commit. The event's own Body is empty, because `body` has the masked
/// and cut bytes.
struct PendingRow {
  RecordEvent event;
  KeptBody body;
  bool reported = false;  ///< true if the waiting call was notified of its row already
  size_t bytes = 0;       ///< approximate size in memory
};

/// One thread. The loop and the preparer's thread each have their own BodyKeeper.
class BodyKeeper {
 public:
  BodyKeeper(std::string_view wire_key, size_t body_limit);
  /// Prepares an event for its commit. The row does not keep the event's message alive.
  PendingRow keep(RecordEvent event, const std::shared_ptr<const Masker>& masker);

 private:
  KeptBody keep_body(const Body& body, std::string_view wire, const Masker& masker);
  void mask_name(std::string& name, const std::shared_ptr<const Masker>& masker, uint32_t& masked);

  Hmac hmac_;
  size_t body_limit_;
  std::unordered_set<std::string> clean_;  // names in which the masker `clean_by_` found no secret
  std::shared_ptr<const Masker> clean_by_;
};

/// Returns the number of bytes of the event's bodies before masking.
size_t body_bytes(const RecordEvent& event);

}  // namespace callgate
