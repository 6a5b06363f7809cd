// The state of one transfer in libcurl.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "http_loop_impl.h"

namespace callgate {

struct Transfer::Cell : std::enable_shared_from_this<Transfer::Cell> {
  Cell(HttpLoop::Impl& its_http, TransferRequest its_request, TransferEvents its_events);
  ~Cell();

  Status set_up();
  void begin();
  /// Removes the transfer from libcurl. Afterwards no callback is called.
  void remove();

  // Called by libcurl's callbacks.
  bool head_line(std::string_view line);
  void body_bytes(std::string_view bytes);
  /// Returns whether libcurl may send the request now.
  bool may_send();
  curl_socket_t open_socket(const curl_sockaddr& address);
  void ended(CURLcode code);

  /// Calls the callbacks for what has come.
  void deliver();

 private:
  template <class Value>
  void set(CURLoption option, Value value) {
    http.curl->easy_setopt(easy, option, value);
  }
  void set_fields();
  void set_body();
  Status set_trust();
  void set_callbacks();
  void add_line(const std::string& line);
  void note();
  Error failure(CURLcode code) const;

  HttpLoop::Impl& http;
  TransferRequest request;
  TransferEvents events;
  CURL* easy = nullptr;
  curl_slist* lines = nullptr;
  std::array<char, CURL_ERROR_SIZE> reason{};
  std::string proxy;
  size_t head_bytes = 0;
  TransferHead head;
  bool head_complete = false, head_given = false, noted = false, added = false, gone = false;
  bool sent = false;  // libcurl began to send the request
  bool address_refused = false, head_refused = false, repeat_refused = false;
  std::string bytes;  // of the body, not delivered yet
  std::optional<TransferEnd> end;
};

}  // namespace callgate
