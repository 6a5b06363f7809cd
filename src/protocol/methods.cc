#include "callgate/protocol/methods.h"

#include <string>
#include <string_view>

#include "callgate/base/ascii.h"
namespace callgate {

namespace {

enum Senders : uint8_t { kClient = 1, kServer = 2, kEither = 3 };
enum Eras : uint8_t { kLegacy = 1, kModern = 2, kBoth = 3 };

struct Entry {
  std::string_view name;
  RpcKind kind;
  uint8_t senders, eras;
  Method method;
};

constexpr RpcKind kRequest = RpcKind::Request, kNotification = RpcKind::Notification;

// Frequent methods come first, because the table is searched from its start.
constexpr Entry kMcpMethods[] = {
    {"tools/call", kRequest, kClient, kBoth, Method::CallTool},
    {"notifications/progress", kNotification, kEither, kBoth, Method::Progress},
    {"notifications/message", kNotification, kServer, kBoth, Method::LogMessage},
    {"notifications/cancelled", kNotification, kEither, kBoth, Method::Cancelled},
    {"resources/read", kRequest, kClient, kBoth, Method::ReadResource},
    {"prompts/get", kRequest, kClient, kBoth, Method::GetPrompt},
    {"ping", kRequest, kEither, kLegacy, Method::Ping},
    {"tools/list", kRequest, kClient, kBoth, Method::ListTools},
    {"prompts/list", kRequest, kClient, kBoth, Method::ListPrompts},
    {"resources/list", kRequest, kClient, kBoth, Method::ListResources},
    {"resources/templates/list", kRequest, kClient, kBoth, Method::ListTemplates},
    {"completion/complete", kRequest, kClient, kBoth, Method::Complete},
    {"resources/subscribe", kRequest, kClient, kLegacy, Method::Subscribe},
    {"resources/unsubscribe", kRequest, kClient, kLegacy, Method::Unsubscribe},
    {"subscriptions/listen", kRequest, kClient, kModern, Method::Listen},
    {"logging/setLevel", kRequest, kClient, kLegacy, Method::SetLevel},
    {"initialize", kRequest, kClient, kLegacy, Method::Initialize},
    {"server/discover", kRequest, kClient, kModern, Method::Discover},
    // Only clients may send requests about tasks, because the gate never declares to servers that
    // clients support tasks.
    {"tasks/get", kRequest, kClient, kBoth, Method::Task},
    {"tasks/cancel", kRequest, kClient, kBoth, Method::Task},
    {"tasks/result", kRequest, kClient, kLegacy, Method::Task},
    {"tasks/list", kRequest, kClient, kLegacy, Method::Task},
    {"tasks/update", kRequest, kClient, kModern, Method::Task},
    {"roots/list", kRequest, kServer, kLegacy, Method::ListRoots},
    {"sampling/createMessage", kRequest, kServer, kLegacy, Method::Sample},
    {"elicitation/create", kRequest, kServer, kLegacy, Method::Elicit},
    {"notifications/tools/list_changed", kNotification, kServer, kBoth, Method::ToolsChanged},
    {"notifications/prompts/list_changed", kNotification, kServer, kBoth, Method::PromptsChanged},
    {"notifications/resources/list_changed", kNotification, kServer, kBoth,
     Method::ResourcesChanged},
    {"notifications/resources/updated", kNotification, kServer, kBoth, Method::ResourceUpdated},
    {"notifications/initialized", kNotification, kClient, kLegacy, Method::Initialized},
    {"notifications/roots/list_changed", kNotification, kClient, kLegacy, Method::RootsChanged},
    {"notifications/tasks/status", kNotification, kServer, kLegacy, Method::TaskStatus},
    {"notifications/tasks", kNotification, kServer, kModern, Method::TaskStatus},
    {"notifications/elicitation/complete", kNotification, kServer, kLegacy,
     Method::ElicitationComplete},
    {"notifications/subscriptions/acknowledged", kNotification, kServer, kModern,
     Method::Acknowledged},
};

constexpr size_t kLongestMethod = 256;
constexpr std::string_view kNotifications = "notifications/";

// True for names of printable ASCII characters without spaces. Peers differ in how they read other
// characters in a method's name.
bool is_usable(std::string_view name) {
  if (name.empty() || name.size() > kLongestMethod) return false;
  for (const char c : name) {
    if (c <= ' ' || c > '~') return false;
  }
  return true;
}

// Keeps only letters, digits and slashes, in lower case. Names with the same result may be the same
// name for lenient readers.
std::string folded_method(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (is_letter_or_digit(c) || c == '/') out += lower(c);
  }
  return out;
}

Method other_method(const std::string& name, RpcKind kind) {
  if (!is_usable(name)) return Method::Misplaced;
  const std::string plain = folded_method(name);
  const bool is_notification = plain.compare(0, kNotifications.size(), kNotifications) == 0;
  if (is_notification != (kind == RpcKind::Notification)) return Method::Misplaced;
  for (const Entry& entry : kMcpMethods) {
    if (folded_method(entry.name) == plain) return Method::Misplaced;
  }
  return Method::Unknown;
}

}  // namespace

Method method_of(const Rpc& rpc, Sender sender, Era era) {
  const uint8_t from = sender == Sender::Client ? kClient : kServer;
  const uint8_t in = era == Era::Legacy ? kLegacy : kModern;
  for (const Entry& entry : kMcpMethods) {
    if (!rpc.method.text_is(entry.name)) continue;
    const bool fits = entry.kind == rpc.kind && (entry.senders & from) && (entry.eras & in);
    return fits ? entry.method : Method::Misplaced;
  }
  return other_method(rpc.method.text(), rpc.kind);
}

bool asks_a_server(std::string_view name) {
  for (const Entry& entry : kMcpMethods)
    if (entry.name == name)
      return entry.method <= Method::ReadResource ||
             (entry.method >= Method::Subscribe && entry.method <= Method::Listen);
  return true;
}

}  // namespace callgate
