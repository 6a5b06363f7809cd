#include "transfer.h"

#include <utility>

#include "callgate/base/check.h"
#include "transfer_cell.h"

namespace callgate {

Transfer::Transfer(std::shared_ptr<Cell> cell) : cell_(std::move(cell)) {}
Transfer::~Transfer() { cell_->remove(); }

Result<std::unique_ptr<Transfer>> Transfer::start(HttpLoop& http, TransferRequest request,
                                                  TransferEvents events) {
  const auto curl = http.impl().library();
  if (!curl) return curl.error();
  auto cell = std::make_shared<Cell>(http.impl(), std::move(request), std::move(events));
  if (const Status status = cell->set_up(); !status) return status.error();
  cell->begin();
  return std::make_unique<Transfer>(std::move(cell));
}

void Transfer::Cell::begin() {
  added = true;
  ENSURE(http.curl->multi_add_handle(http.multi, easy) == CURLM_OK);
  http.begin_added();
}

void Transfer::Cell::remove() {
  gone = true;
  if (std::exchange(added, false)) http.curl->multi_remove_handle(http.multi, easy);
}

void Transfer::Cell::note() {
  if (!std::exchange(noted, true)) http.news.push_back(weak_from_this());
}

void Transfer::Cell::body_bytes(std::string_view more) {
  bytes += more;
  note();
}

// If an old connection breaks before the answer, libcurl by itself sends the request once more. The
// server may have executed it, so we allow this only for requests without a body.
bool Transfer::Cell::may_send() {
  repeat_refused = std::exchange(sent, true) && request.body;
  return !repeat_refused;
}

void Transfer::Cell::ended(CURLcode code) {
  end = TransferEnd{.error = std::nullopt, .body_sent = sent && request.body};
  if (code != CURLE_OK) end->error = failure(code);
  note();
}

void Transfer::Cell::deliver() {
  noted = false;
  if (gone) return;
  if (head_complete && !std::exchange(head_given, true)) {
    events.on_head(std::move(head));
    if (gone) return;
  }
  if (!bytes.empty()) {
    const std::string came = std::exchange(bytes, {});
    events.on_bytes(came);
    if (gone) return;
  }
  if (end) {
    remove();
    events.on_end(std::move(*end));
  }
}

}  // namespace callgate
