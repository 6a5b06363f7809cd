#include "client_requests.h"

namespace callgate {

void ClientRequests::add(const ClientRequest& request, OpenRequest open) {
  open.exchange = request.exchange;
  open.era = request.era;
  link_.request_opened(request.id, open.where == OpenRequest::Where::Call ? open.number : 0);
  requests_.emplace(request.id, std::move(open));
}

bool ClientRequests::close(const std::string& id, OpenRequest::Where where, int64_t number) {
  const auto [from, to] = requests_.equal_range(id);
  for (auto it = from; it != to; ++it) {
    const OpenRequest& open = it->second;
    if (open.where != where) continue;
    const bool numbered = where == OpenRequest::Where::Call || where == OpenRequest::Where::Stream;
    if (numbered && open.number != number) continue;
    if (where == OpenRequest::Where::Child && open.gate_id != number) continue;
    requests_.erase(it);
    return true;
  }
  return false;
}

std::vector<OpenRequest> ClientRequests::cancelled_by(const std::string& id,
                                                      Exchange exchange) const {
  std::vector<OpenRequest> concerned;
  const auto [from, to] = requests_.equal_range(id);
  for (auto it = from; it != to; ++it) {
    // Modern requests that each have an exchange may come from several processes that use the same
    // ids, so a cancellation concerns only requests of its own exchange. Such a client cancels a
    // request by closing its stream (MCP 2026-07-28 "Cancellation").
    const OpenRequest& open = it->second;
    const bool alone = open.era == Era::Modern && open.exchange != 0;
    if (!alone || open.exchange == exchange) concerned.push_back(open);
  }
  return concerned;
}

std::vector<std::pair<std::string, OpenRequest>> ClientRequests::of_exchange(
    Exchange exchange) const {
  std::vector<std::pair<std::string, OpenRequest>> found;
  for (const auto& [id, open] : requests_)
    if (open.exchange == exchange) found.emplace_back(id, open);
  return found;
}

std::vector<std::pair<std::string, OpenRequest>> ClientRequests::lists() const {
  std::vector<std::pair<std::string, OpenRequest>> found;
  for (const auto& [id, open] : requests_)
    if (open.where == OpenRequest::Where::List) found.emplace_back(id, open);
  return found;
}

}  // namespace callgate
