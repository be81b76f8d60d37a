// The archive: the store, and a thread for it, so that loops can await what the disk does.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "core/executor.hpp"
#include "core/task.hpp"
#include "server/store.hpp"

namespace server {

// Thread: any, but for store().
class Archive {
 public:
  // Opens the store in that directory; without one there is none. Throws as Store does.
  explicit Archive(const std::string& data_dir) {
    if (!data_dir.empty()) store_.emplace(data_dir);
  }

  bool is_open() const { return store_.has_value(); }
  // For the start, as long as nobody else asks for anything.
  Store& store() { return *store_; }

  // Calls a function with the store, in the store's thread, and gives what it gives or throws what
  // it throws. It may not refer to anything that ends with a connection. Cancelled: what has begun
  // is done all the same; what has not is dropped. Only where it is open.
  template <class Function>
  core::Task<std::invoke_result_t<Function&, Store&>> at_store(Function function) {
    auto call = [this, function = std::move(function)]() mutable {
      try {
        return function(*store_);
      } catch (const StoreError&) {
        failures_.fetch_add(1, std::memory_order_relaxed);
        throw;
      }
    };
    co_return co_await core::to_thread(thread_, std::move(call));
  }

  // Since the start: changes that are on the disk, and calls that failed.
  std::uint64_t writes() const { return store_ ? store_->writes() : 0; }
  std::uint64_t failures() const { return failures_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> failures_ = 0;
  std::optional<Store> store_;  // the thread's
  core::Executor thread_{1};    // the last member: it ends before what it uses
};

}  // namespace server
