// Limits of what servers may send. The limits of whole answers are in callgate/signin/settings.h.
#pragma once

#include <chrono>
#include <cstddef>

namespace callgate {

inline constexpr size_t kLargestErrorBody = size_t{16} << 10;
inline constexpr size_t kLargestScopes = size_t{4} << 10;
inline constexpr size_t kMostScopes = 100;
inline constexpr size_t kLargestRedirect = size_t{16} << 10;  // bytes of the query
inline constexpr size_t kMostAuthorizationServers = 5;        // that are asked; others are ignored
inline constexpr size_t kMostListItems = 200;                 // of a list in metadata
inline constexpr size_t kLargestClientId = size_t{2} << 10;
inline constexpr size_t kLargestCode = 64;  // bytes of the code that the user types

// How long the user may take in the browser.
inline constexpr std::chrono::seconds kBrowserTime = std::chrono::minutes(10);
// The longest that a device code is waited for, whatever the server allows.
inline constexpr std::chrono::seconds kDeviceTime = std::chrono::minutes(60);
inline constexpr std::chrono::seconds kLongestInterval = std::chrono::minutes(1);
// A token that is said to live longer is taken to live this long.
inline constexpr std::chrono::seconds kLongestLife = std::chrono::hours(24) * 3650;

}  // namespace callgate
