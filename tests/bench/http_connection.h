// Streamable HTTP to a command that prints its URL: a connection for each lane, kept alive.
#pragma once

#include <sys/types.h>

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "load.h"

namespace bench {

/// Where a command serves.
struct Address {
  uint16_t port = 0;
  std::string token;  // empty: none is wanted
};
/// Reads the URL from the command's stdout, then the token from that file; `-` is no file.
Address address_of(const Subprocess& child, const std::string& token_file);
/// A blocking connection to this machine. Exits with 1 if there is none to be had.
int connect_to(const Address& address);
/// Request line and fields up to the empty line. `fields` are further ones, each with its line end.
std::string request_head(const Address& address, std::string_view method, std::string_view path,
                         std::string_view fields);
std::string post_head(const Address& address, std::string_view path, std::string_view fields,
                      size_t body);

/// One answer, taken off the front of what a connection has received.
struct Answer {
  int status = 0;
  std::string_view session;  // the value of Mcp-Session-Id
  std::string_view body;
  size_t size = 0;  // with its head; 0: it is not whole yet
};
/// Only answers whose length their head tells: what is answered at once is no stream.
Answer whole_answer(std::string_view bytes);

class HttpConnection final : public Connection {
 public:
  explicit HttpConnection(Address address);
  std::string& line(size_t lane) override;
  void sent(size_t lane) override;
  void exchange(const Take& take) override;

 private:
  struct Lane {
    int fd = -1;
    std::string body, in;
    bool busy = false;
  };

  void write_out();
  void read_from(Lane& lane, const Take& take);

  Address address_;
  std::string session_, chunk_;
  std::deque<Lane> lanes_;  // a lane stays where it is
  std::vector<Lane*> to_send_;
  size_t busy_ = 0;
};

}  // namespace bench
