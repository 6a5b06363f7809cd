// Whether a URI could have come from a resource template.
#pragma once

#include <string_view>

namespace callgate {

/// RFC 6570 read backwards, for routing only: {x} stands for one or more characters without '/',
/// {+x} {/x} {#x} {.x} for any run,
/// {?x} {&x} {;x} for any run or none, literals for themselves. Linear in template × URI; longer
/// than 8 KiB never matches.
bool template_matches(std::string_view uri_template, std::string_view uri);

}  // namespace callgate
