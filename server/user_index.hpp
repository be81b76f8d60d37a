// Users by nick, in a table of bare pointers: each costs some 14 bytes of it and no memory of its
// own, where a node of a standard container costs three times as much.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace server {

class User;

// Refers to users. Names are looked up whatever the case of their letters. Thread: one at a time.
// Open addressing with linear probing (Knuth, The Art of Computer Programming, 6.4, algorithms L
// and R). At most three quarters full; it grows by doubling and does not shrink.
class UserIndex {
 public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

  // Null: nobody is called that.
  User* find(std::string_view nick) const;
  // Nobody may have the nick. Throws std::bad_alloc where it has to grow, and is as before then;
  // never directly after an erase().
  void insert(User& user);
  // By the nick under which it was inserted. Asserts that it was.
  void erase(const User& user) noexcept;

  template <class Function>
  void for_each(Function function) const {
    for (User* const user : slots_) {
      if (user != nullptr) function(*user);
    }
  }

 private:
  static constexpr std::size_t kLeastSlots = 16;

  std::size_t home_of(std::string_view nick) const;
  std::size_t next(std::size_t slot) const { return (slot + 1) & (slots_.size() - 1); }
  // Where the nick stands, or would.
  std::size_t slot_of(std::string_view nick) const;
  void grow();

  std::vector<User*> slots_;  // a power of two; null: free
  std::size_t size_ = 0;
};

}  // namespace server
