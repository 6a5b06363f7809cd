// Resource templates: whether a URI could have come from one, and what one becomes with values.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace callgate {

/// RFC 6570 read backwards, for routing only: {x} stands for one or more characters without '/',
/// {+x} {/x} {#x} {.x} for any run,
/// {?x} {&x} {;x} for any run or none, literals for themselves. Linear in template × URI; longer
/// than 8 KiB never matches.
bool template_matches(std::string_view uri_template, std::string_view uri);

using VariableValue = std::function<std::optional<std::string>(std::string_view name)>;
/// RFC 6570 with strings for values, which are put in as they are: nothing is encoded, because
/// rules look at what a server makes of it. An expression none of whose variables has a value
/// stays.
std::string fill_template(std::string_view uri_template, const VariableValue& value_of);

}  // namespace callgate
