// Drops callbacks that would outlive the object that they use.
#pragma once

#include <memory>
#include <utility>

namespace callgate {

/// A member of an object that posts tasks to the loop or starts blocking work. A callback that was
/// passed through guard() does nothing once the Lifetime is destroyed. Used on the loop's thread.
class Lifetime {
 public:
  Lifetime() = default;
  Lifetime(Lifetime&&) = default;
  Lifetime& operator=(Lifetime&&) = default;

  template <class Callback>
  auto guard(Callback callback) const {
    return [alive = std::weak_ptr<int>(token_),
            callback = std::move(callback)](auto&&... arguments) mutable {
      if (!alive.expired()) callback(std::forward<decltype(arguments)>(arguments)...);
    };
  }
  /// Drops all callbacks that were guarded before.
  void restart() { token_ = std::make_shared<int>(0); }

 private:
  std::shared_ptr<int> token_ = std::make_shared<int>(0);
};

}  // namespace callgate
