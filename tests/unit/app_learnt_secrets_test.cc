#include "app/environment/learnt_secrets.h"
#include "store_support.h"

using namespace callgate;

TEST_CASE("values that another child already has do not cause a new masker") {
  store_test::Folder folder;
  store_test::Gate store(folder.file());
  LearntSecrets secrets(*store.recorder, true);
  secrets.learn(0, {{"TOKEN", "first-value"}, {"KEY", "other-value"}});
  const auto before = secrets.masker();
  for (ChildIndex child = 0; child < 1000; ++child)
    secrets.learn(child, {{"KEY", "other-value"}, {"TOKEN", "first-value"}});
  CHECK(secrets.masker() == before);
}

TEST_CASE("a value stays a secret after a newer one has replaced it") {
  store_test::Folder folder;
  store_test::Gate store(folder.file());
  LearntSecrets secrets(*store.recorder, true);
  secrets.learn(0, {{"TOKEN", "first-value"}});
  secrets.learn(0, {{"TOKEN", "second-value"}});
  const std::string told = secrets.mask("first-value, second-value");
  CHECK(told.find("first-value") == std::string::npos);
  CHECK(told.find("second-value") == std::string::npos);
}

TEST_CASE("a value is forgotten after a thousand newer ones, but not while a child has it") {
  store_test::Folder folder;
  store_test::Gate store(folder.file());
  LearntSecrets secrets(*store.recorder, true);
  const auto is_secret = [&](const std::string& value) { return secrets.mask(value) != value; };
  secrets.learn(0, {{"TOKEN", "of the first child"}});
  secrets.learn(1, {{"TOKEN", "old value"}});
  LearntSecrets::Values many;  // in one set, because each new set of values makes a new masker
  for (size_t i = 0; i < LearntSecrets::kMostOld; ++i)
    many.emplace_back("TOKEN", "value number " + std::to_string(i));
  secrets.learn(1, many);
  CHECK(is_secret("old value"));
  secrets.learn(1, {{"TOKEN", "last value"}});
  CHECK_FALSE(is_secret("old value"));
  CHECK(is_secret("value number 500"));
  CHECK(is_secret("of the first child"));
}
