// Streamable HTTP to a command that prints its URL. Each lane has a connection, which stays open.
#pragma once

#include <sys/types.h>

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "load.h"

namespace bench {

/// The address at which a command serves.
struct Address {
  uint16_t port = 0;
  std::string token;  // empty if none is required
};
/// Reads the URL from the command's stdout, then the token from the file. `-` means that there is
/// no token.
Address address_of(const Subprocess& child, const std::string& token_file);
/// Opens a blocking connection to this machine. Exits with 1 if that fails.
int connect_to(const Address& address);
/// Returns the request line and the fields, including the empty line. `fields` are additional
/// fields, each with its line end.
std::string request_head(const Address& address, std::string_view method, std::string_view path,
                         std::string_view fields);
std::string post_head(const Address& address, std::string_view path, std::string_view fields,
                      size_t body);

/// The first answer in the bytes that a connection has received.
struct Answer {
  int status = 0;
  std::string_view session;  // the value of Mcp-Session-Id
  std::string_view body;
  size_t size = 0;  // including the head; 0 if the answer is not complete yet
};
/// Supports only answers with a Content-Length, because answers that are sent at once are not
/// streams.
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
  std::deque<Lane> lanes_;  // a deque, so that pointers to lanes stay valid
  std::vector<Lane*> to_send_;
  size_t busy_ = 0;
};

}  // namespace bench
