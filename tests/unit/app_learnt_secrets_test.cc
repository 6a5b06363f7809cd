#include "../../src/app/learnt_secrets.h"
#include "store_support.h"

using namespace callgate;

TEST_CASE("values that another child was given already make no new masker") {
  store_test::Folder folder;
  store_test::Gate store(folder.file());
  LearntSecrets secrets(*store.recorder, true);
  secrets.learn({{"TOKEN", "first-value"}, {"KEY", "other-value"}});
  const auto before = secrets.masker();
  for (int child = 0; child < 1000; ++child)
    secrets.learn({{"KEY", "other-value"}, {"TOKEN", "first-value"}});
  CHECK(secrets.masker() == before);
}

TEST_CASE("a value stays a secret when a newer one has taken its place") {
  store_test::Folder folder;
  store_test::Gate store(folder.file());
  LearntSecrets secrets(*store.recorder, true);
  secrets.learn({{"TOKEN", "first-value"}});
  secrets.learn({{"TOKEN", "second-value"}});
  const std::string told = secrets.mask("first-value, second-value");
  CHECK(told.find("first-value") == std::string::npos);
  CHECK(told.find("second-value") == std::string::npos);
}
