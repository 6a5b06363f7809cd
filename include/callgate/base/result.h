// Outcomes as values: Result<T> holds a T or an Error, Status holds success or an Error.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "callgate/base/check.h"

namespace callgate {

/// Explains to a person why something could not be done.
struct Error {
  /// Stable and dotted: "config.unknown_key". Empty if no program needs to recognise the error.
  std::string code;
  std::string message;  ///< one English sentence without a full stop: what failed, and why
  std::string next;     ///< what the user can type or change next; may be empty

  /// Returns the error as one line: "message (code); next". Leaves out what is empty.
  std::string text() const {
    std::string all = code.empty() ? message : message + " (" + code + ")";
    return next.empty() ? all : all + "; " + next;
  }
  bool operator==(const Error&) const = default;
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() {
    ENSURE(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const {
    ENSURE(ok());
    return *std::get_if<0>(&state_);
  }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  Error& error() {
    ENSURE(!ok());
    return *std::get_if<1>(&state_);
  }
  const Error& error() const {
    ENSURE(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, Error> state_;
};

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::move(error)) {}  // NOLINT: implicit
  bool ok() const { return !error_; }
  explicit operator bool() const { return ok(); }
  const Error& error() const {
    ENSURE(error_);
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace callgate
