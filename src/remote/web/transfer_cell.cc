#include "transfer_cell.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <utility>

#include "callgate/base/ascii.h"
#include "callgate/base/check.h"
#include "callgate/base/text.h"
#include "proxies.h"

namespace callgate {

namespace {

using Cell = Transfer::Cell;

size_t on_head_line(char* bytes, size_t, size_t count, void* cell) {
  return static_cast<Cell*>(cell)->head_line({bytes, count}) ? count : 0;
}

size_t on_body(char* bytes, size_t, size_t count, void* cell) {
  static_cast<Cell*>(cell)->body_bytes({bytes, count});
  return count;
}

int on_connected(void* cell, char*, char*, int, int) {
  return static_cast<Cell*>(cell)->may_send() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

curl_socket_t on_open(void* cell, curlsocktype, curl_sockaddr* address) {
  return static_cast<Cell*>(cell)->open_socket(*address);
}

int on_close(void* http, curl_socket_t fd) {
  static_cast<HttpLoop::Impl*>(http)->closed(fd);
  return 0;
}

bool has_field(const WebFields& fields, std::string_view name) {
  for (const auto& [its_name, value] : fields)
    if (equal_ignoring_case(its_name, name)) return true;
  return false;
}

}  // namespace

Cell::Cell(HttpLoop::Impl& its_http, TransferRequest its_request, TransferEvents its_events)
    : http(its_http),
      request(std::move(its_request)),
      events(std::move(its_events)),
      easy(http.take_handle()),
      proxy(proxy_for(request.network, request.url)) {}

Cell::~Cell() {
  remove();
  http.give_back(easy);
  // The lines may contain a token.
  for (const curl_slist* line = lines; line != nullptr; line = line->next)
    std::memset(line->data, 0, std::strlen(line->data));
  http.curl->slist_free_all(lines);
}

Status Cell::set_up() {
  set(CURLOPT_URL, request.url.text.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  // With HTTP/2, libcurl may buffer 32 MiB of a stream, and several requests would share one
  // connection, so that it would be harder to know what the server received.
  set(CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  set(CURLOPT_NOSIGNAL, 1L);
  // Without this, a transfer that is cancelled would wait until its host name is resolved.
  set(CURLOPT_QUICK_EXIT, 1L);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.network.connect_limit.count()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.limit.count()));
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_TCP_KEEPIDLE, 30L);
  set(CURLOPT_TCP_KEEPINTVL, 30L);
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  // An empty text keeps libcurl from reading the variables of our environment.
  set(CURLOPT_PROXY, proxy.c_str());
  set(CURLOPT_NOPROXY, "");
  if (request.allows) {
    set(CURLOPT_FRESH_CONNECT, 1L);
    set(CURLOPT_FORBID_REUSE, 1L);
  }
  set_body();
  set_fields();
  set_callbacks();
  return request.url.secure() ? set_trust() : Status();
}

Status Cell::set_trust() {
  set(CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
  const auto found = http.certificates(request.network);
  if (!found) return found.error();
  const Certificates& certificates = **found;
  if (certificates.has_system) set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
  if (!certificates.file.empty()) set(CURLOPT_CAINFO, certificates.file.c_str());
  if (certificates.text.empty()) return {};
  curl_blob blob{.data = const_cast<char*>(certificates.text.data()),
                 .len = certificates.text.size(),
                 .flags = CURL_BLOB_NOCOPY};
  const CURLcode code = http.curl->easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
  if (code == CURLE_OK) return {};
  return Error{"remote.tls",
               "the libcurl of this machine cannot use additional certificates: " +
                   std::string(http.curl->easy_strerror(code)),
               "add the certificates to those of the system, and unset SSL_CERT_FILE and "
               "NODE_EXTRA_CA_CERTS"};
}

void Cell::set_body() {
  if (request.method == "GET") return;
  if (!request.body && request.method != "POST")
    return set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  if (!request.body) request.body.emplace();
  set(CURLOPT_POST, 1L);
  if (request.method != "POST") set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  // libcurl sends a body that is in memory together with the head, if it is not long.
  const std::string_view body = request.body->bytes;
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  set(CURLOPT_POSTFIELDS, body.empty() ? "" : body.data());
}

void Cell::add_line(const std::string& line) {
  lines = http.curl->slist_append(lines, line.c_str());
  ENSURE(lines != nullptr);
}

void Cell::set_fields() {
  // libcurl takes an empty value for the order to leave the field out, unless a semicolon ends the
  // name.
  for (const auto& [name, value] : request.fields)
    add_line(value.empty() ? name + ";" : name + ": " + value);
  add_line("Expect:");
  if (!has_field(request.fields, "Content-Type")) add_line("Content-Type:");
  set(CURLOPT_HTTPHEADER, lines);
  if (!has_field(request.fields, "User-Agent"))
    set(CURLOPT_USERAGENT, request.network.user_agent.c_str());
}

void Cell::set_callbacks() {
  set(CURLOPT_PRIVATE, static_cast<void*>(this));
  set(CURLOPT_ERRORBUFFER, reason.data());
  set(CURLOPT_HEADERFUNCTION, &on_head_line);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEFUNCTION, &on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(CURLOPT_OPENSOCKETFUNCTION, &on_open);
  set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  set(CURLOPT_CLOSESOCKETFUNCTION, &on_close);
  // The connection may outlive this object.
  set(CURLOPT_CLOSESOCKETDATA, static_cast<void*>(&http));
  set(CURLOPT_PREREQFUNCTION, &on_connected);
  set(CURLOPT_PREREQDATA, static_cast<void*>(this));
}

curl_socket_t Cell::open_socket(const curl_sockaddr& address) {
  if (request.allows && proxy.empty() && !request.allows(address.addr)) {
    address_refused = true;
    return CURL_SOCKET_BAD;
  }
  const int fd = ::socket(address.family, address.socktype, address.protocol);
  if (fd < 0) return CURL_SOCKET_BAD;
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  http.opened(fd);
  return fd;
}

/// Reads one line of the head. libcurl passes the heads of all answers, also of interim ones (1xx),
/// and the fields after a body in chunks. Returns false if the head is too long.
bool Cell::head_line(std::string_view line) {
  head_bytes += line.size();
  head_refused = head_bytes > kLargestHead;
  if (head_refused) return false;
  if (head_complete) return true;
  const std::string_view text = trimmed(line);
  if (line.starts_with("HTTP/")) {
    head = {};
    const size_t blank = text.find(' ');
    if (blank != std::string_view::npos)
      std::from_chars(text.data() + blank + 1, text.data() + text.size(), head.status);
  } else if (text.empty()) {
    head_complete = head.status >= 200;
    curl_off_t seconds = 0;
    http.curl->easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds);
    if (seconds > 0) head.retry_after = std::chrono::seconds(seconds);
    if (head_complete) note();
  } else if ((line[0] == ' ' || line[0] == '\t') && !head.fields.empty()) {
    (head.fields.back().second += ' ') += text;
  } else if (const size_t colon = text.find(':'); colon != std::string_view::npos) {
    head.fields.emplace_back(text.substr(0, colon), trimmed(text.substr(colon + 1)));
  }
  return true;
}

Error Cell::failure(CURLcode code) const {
  const std::string place = request.url.scheme + "://" + request.url.host + ":" + request.url.port;
  std::string why = reason[0] != '\0' ? reason.data() : http.curl->easy_strerror(code);
  if (repeat_refused) why = "the server has closed it without an answer";
  if (address_refused)
    return {"remote.address",
            place + " leads to an address of a private network, which is not allowed here", ""};
  if (head_refused)
    return {"remote.head",
            "the head of the answer of " + place + " is longer than " +
                std::to_string(kLargestHead >> 10) + " KiB",
            ""};
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {"remote.resolve", "cannot reach " + place + ": " + why,
              "check the URL and the network"};
    case CURLE_COULDNT_CONNECT:
      return {"remote.connect", "cannot reach " + place + ": " + why,
              "check that the server runs, and the URL"};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
      return {"remote.tls", "cannot reach " + place + " safely: " + why,
              "if its certificate comes from an authority of your own, name the authority's file "
              "in SSL_CERT_FILE"};
    case CURLE_OPERATION_TIMEDOUT:
      return {"remote.timeout", place + " did not answer in time: " + why, ""};
    default:
      return {"remote.broken", "the connection to " + place + " broke: " + why, ""};
  }
}

}  // namespace callgate
