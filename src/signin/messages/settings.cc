#include "callgate/signin/settings.h"

#include "callgate/base/digest.h"
#include "callgate/wire/writer.h"

namespace callgate {

std::string SignInSettings::overrides_digest() const {
  if (issuer.empty() && !assume_pkce && !omit_resource) return "";
  JsonWriter out;
  out.begin_array().string(issuer).boolean(assume_pkce).boolean(omit_resource).end_array();
  return hex(sha256(out.take()));
}

}  // namespace callgate
