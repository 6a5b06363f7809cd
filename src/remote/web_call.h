// One request to the server, with everything that may have to happen before it is answered: a
// pause that the server asked for, the authorization, redirects, and repetitions. A request to a
// server that is down fails at once.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/secret.h"
#include "callgate/io/lifetime.h"
#include "callgate/io/loop.h"
#include "callgate/remote/remote_server.h"
#include "failures.h"
#include "web/http_loop_impl.h"
#include "web/transfer.h"

namespace callgate {

/// What all requests to one server have in common.
struct ServerAccess {
  HttpLoop& http;
  WebUrl url;
  WebFields fields;  // configured
  WebNetwork network;
  Authorizer* authorizer = nullptr;
  RemoteTimes times;

  Loop& loop() { return http.impl().loop; }
};

/// Gets the outcome of a WebCall: either on_head, on_bytes … and on_end, or on_refused, or
/// on_failed, which may also follow on_head. Each function may destroy the WebCall.
class WebCallUser {
 public:
  virtual void on_head(const TransferHead& head) = 0;  // the status is 2xx
  virtual void on_bytes(std::string_view bytes) = 0;
  virtual void on_end() = 0;
  /// The answer has another status. The body is cut at 64 KiB. `moved_to` is the absolute target
  /// of a redirect that was not followed.
  virtual void on_refused(const WebAnswer& answer, const std::string& moved_to) = 0;
  virtual void on_failed(RequestFailure failure) = 0;

 protected:
  ~WebCallUser() = default;
};

struct WebOrder {
  std::string method = "POST";
  WebUrl url;
  WebFields fields;
  std::optional<WebBody> body;
  bool repeatable = false;  // executing the request twice does no harm
  /// The request begins a session. If the server cannot be reached, it fails at once, because the
  /// owner of the session begins it again later.
  bool begins = false;
  /// Whether a request that was not executed is sent again. A stream is opened again by its owner.
  bool repeats = true;
  Millis limit{};  // for each attempt; 0: none
};

/// Destroying it cancels the request. The constructor may send the request, but calls no function
/// of the user.
class WebCall {
 public:
  WebCall(ServerAccess& access, WebCallUser& user, WebOrder order);
  /// The URL of the last request, after redirects.
  const WebUrl& url() const { return order_.url; }

 private:
  void attempt();
  bool origin_is_down(Nanos now);
  void authorize();
  void send(const std::string& authorization);
  void head_came(TransferHead&& head);
  void bytes_came(std::string_view bytes);
  void note_failure(std::string why);
  void transfer_ended(TransferEnd&& end);
  void refusal_came();
  bool follow_redirect();
  bool ask_authorizer();
  void authorizer_said(const Result<bool>& again);
  void authorizer_failed(const Error& error, int status);
  bool wait_and_repeat();
  bool repeat(Millis wait);
  void fail(RequestFailure failure);
  void give_refusal();
  Millis next_back_off() const;

  ServerAccess& access_;
  WebCallUser& user_;
  WebOrder order_;
  Timer timer_;
  Lifetime asked_;  // guards the callbacks that the authorizer has
  std::unique_ptr<Transfer> transfer_;
  bool accepted_ = false;  // the status is 2xx
  WebAnswer refusal_;
  std::optional<std::chrono::seconds> retry_after_;
  std::string moved_to_;
  int redirects_ = 0, repetitions_ = 0, authorizations_ = 0;

  Secret authorization_;  // what the last attempt sent
  bool constructed_ = false;
};

}  // namespace callgate
