// What an error says to the one who has to do something about it.
#include "core/error.hpp"

#include <cerrno>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace core {
namespace {

TEST(ErrorTest, ASystemErrorNamesTheOperationTheSubjectAndTheReason) {
  const std::system_error error = system_error(ECONNREFUSED, "connect to", "127.0.0.1:7");
  EXPECT_STREQ(error.what(), "connect to 127.0.0.1:7: Connection refused");
  EXPECT_EQ(error.code(), std::errc::connection_refused);
}

TEST(ErrorTest, ASystemErrorWithoutASubjectNamesTheOperation) {
  EXPECT_STREQ(system_error(EMFILE, "eventfd").what(), "eventfd: Too many open files");
}

TEST(ErrorTest, AnErrnoOfEitherSignMeansTheSame) {
  EXPECT_EQ(system_error(-ENOENT, "open").code(), system_error(ENOENT, "open").code());
}

TEST(ErrorTest, CancelledIsNoStandardException) {
  EXPECT_FALSE((std::is_base_of_v<std::exception, Cancelled>));
}

TEST(ErrorTest, ATimeoutSaysSo) {
  EXPECT_STREQ(TimeoutError().what(), "timed out");
}

TEST(ErrorTest, AnExceptionOfAnyTypeHasAText) {
  EXPECT_EQ(describe(nullptr), "no exception");
  EXPECT_EQ(describe(std::make_exception_ptr(std::runtime_error("broke"))), "broke");
  EXPECT_EQ(describe(std::make_exception_ptr(Cancelled{})), "cancelled");
  EXPECT_EQ(describe(std::make_exception_ptr(7)), "an exception of an unknown type");
}

ErrorContext full_context() {
  ErrorContext context;
  context.message = "it failed";
  context.exception = std::make_exception_ptr(std::runtime_error("broke"));
  context.task = "serve";
  context.spawned_at = std::source_location::current();
  context.waiting_at = std::source_location::current();
  context.connection = "10.0.0.1:5";
  return context;
}

TEST(ErrorTest, ADescriptionIsOneLineWithEverythingThatIsKnown) {
  const ErrorContext context = full_context();
  const std::string line = context.describe();
  EXPECT_EQ(line.find("it failed: broke"), 0U) << line;
  EXPECT_NE(line.find("connection=10.0.0.1:5"), std::string::npos) << line;
  EXPECT_NE(line.find("task=serve"), std::string::npos) << line;
  const std::string place =
      "tests/unit/error_test.cpp:" + std::to_string(context.spawned_at.line());
  EXPECT_NE(line.find("spawned_at=" + place), std::string::npos) << line;
  EXPECT_NE(line.find("waiting_at="), std::string::npos) << line;
  EXPECT_EQ(line.find('\n'), std::string::npos) << line;
}

TEST(ErrorTest, ADescriptionLeavesOutWhatIsNotKnown) {
  ErrorContext context;
  context.message = "it failed";
  EXPECT_EQ(context.describe(), "it failed");
}

}  // namespace
}  // namespace core
