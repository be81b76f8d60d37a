// What a task's name costs, and what it is afterwards.
#include "core/label.hpp"

#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace core {
namespace {

TEST(Label, ALiteralIsNotCopied) {
  static constexpr const char* kName = "chat";
  const Label label(kName);
  EXPECT_EQ(static_cast<const void*>(label.c_str()), static_cast<const void*>(kName));
}

TEST(Label, WhatWasPutTogetherIsCopied) {
  std::string name = "main/";
  name += "gather.0";
  Label label(name);
  name = "something else";
  const Label moved(std::move(label));
  EXPECT_EQ(moved.view(), "main/gather.0");
}

}  // namespace
}  // namespace core
