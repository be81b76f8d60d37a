// The log across threads: one appends, readers on others follow without a lock.
#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "core/log.hpp"

namespace core {
namespace {

// A log whose records are numbers in order, appended under a lock as a room does, with what is
// retained trimmed meanwhile.
class SharedLog {
 public:
  void append(std::uint64_t number) {
    const std::scoped_lock lock(mutex_);
    // Of all sizes, so that chunks end at all distances from their last record.
    log_.append(std::to_string(number) + std::string(number % 50, ' ') + "\n", Record::kMessage);
    Record kind{};
    while (oldest_.lag_bytes(log_) > 4096) oldest_.advance(oldest_.peek(kind).size());
  }
  Cursor newest() {
    const std::scoped_lock lock(mutex_);
    return Cursor(log_);
  }
  Cursor oldest() {
    const std::scoped_lock lock(mutex_);
    return oldest_;
  }

 private:
  std::mutex mutex_;
  Log log_;
  Cursor oldest_{log_};
};

// Takes what there is, as an outflow does; returns the number of records.
std::size_t take(Cursor& cursor, std::string& unfinished, std::uint64_t& next) {
  iovec pieces[16];
  const std::size_t count = cursor.gather(pieces);
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < count; ++i) {
    unfinished.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
    bytes += pieces[i].iov_len;
  }
  cursor.advance(bytes);
  std::size_t records = 0;
  std::size_t begin = 0;
  for (std::size_t end = unfinished.find('\n'); end != unfinished.npos;
       end = unfinished.find('\n', begin)) {
    EXPECT_EQ(std::stoull(unfinished.substr(begin, end - begin)), next);
    ++next;
    ++records;
    begin = end + 1;
  }
  unfinished.erase(0, begin);
  return records;
}

TEST(LogThreadsTest, ReadersOnOtherThreadsSeeEveryRecordInOrder) {
  constexpr std::uint64_t kRecords = 30'000;
  SharedLog log;
  std::vector<std::thread> readers;
  std::atomic<int> ready = 0;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      Cursor cursor = log.newest();
      ++ready;
      std::string unfinished;
      std::uint64_t next = 0;
      while (next < kRecords && !::testing::Test::HasFailure()) {
        if (take(cursor, unfinished, next) == 0) std::this_thread::yield();
        EXPECT_LE(cursor.byte(), cursor.head_byte());
      }
      EXPECT_TRUE(cursor.at_end());
    });
  }
  while (ready < 3) std::this_thread::yield();
  for (std::uint64_t i = 0; i < kRecords; ++i) log.append(i);
  for (std::thread& reader : readers) reader.join();
}

TEST(LogThreadsTest, CursorsComeAndGoWhileTheLogGrowsAndIsTrimmed) {
  SharedLog log;
  std::atomic<bool> over = false;
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!over) {
        Cursor old = log.oldest();
        Cursor copy = old;
        Record kind{};
        for (int steps = 0; steps < 20 && !copy.at_end(); ++steps) {
          copy.advance(copy.peek(kind).size());
        }
        const Cursor newest = log.newest();
        if (newest.byte() >= copy.byte()) copy.jump_to(newest);
        EXPECT_GE(copy.byte(), newest.byte());
        EXPECT_GE(copy.head_byte(), copy.byte());
      }
    });
  }
  for (std::uint64_t i = 0; i < 30'000; ++i) log.append(i);
  over = true;
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace core
