// A client's open requests, by the client's ids.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "gate/state/catalog.h"
#include "gate/state/client_request.h"

namespace callgate {

/// An open request, and the part of the gate that handles it.
struct OpenRequest {
  enum class Where : uint8_t { Call, Child, List, Stream } where{};
  uint32_t number = 0;   // for Call: the call; for Stream: the stream
  ChildIndex child = 0;  // for Child
  int64_t gate_id = 0;   // for Child: the id of our request
  ListKind list{};       // for List
  std::string cursor;    // for List
  Exchange exchange = 0;
  Era era = Era::Legacy;
};

class ClientRequests {
 public:
  using Table = std::unordered_multimap<std::string, OpenRequest>;

  explicit ClientRequests(ClientLink& link) : link_(link) {}

  void add(const ClientRequest& request, OpenRequest open);
  /// Removes the request, so that the caller may answer it. `number` identifies it if several
  /// requests have the same id. Returns false if the request is not open (it has been answered or
  /// cancelled); then the caller must not answer.
  bool close(const std::string& id, OpenRequest::Where where, int64_t number);
  size_t size() const { return requests_.size(); }
  /// Copies of the requests that a cancellation of `id` on this exchange concerns.
  std::vector<OpenRequest> cancelled_by(const std::string& id, Exchange exchange) const;
  std::vector<std::pair<std::string, OpenRequest>> of_exchange(Exchange exchange) const;
  std::vector<std::pair<std::string, OpenRequest>> lists() const;
  Table take_all() { return std::exchange(requests_, {}); }

 private:
  ClientLink& link_;
  Table requests_;
};

}  // namespace callgate
