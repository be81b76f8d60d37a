// A handle: leads to a user from any loop, whatever it is called by then.
//
// What one loop wants of a user of another it sends along with a handle. It is done on the user's
// loop, with the hub, the configuration and the rest of what is there; of the sender's loop it has
// handles at most, because that may be another thread's, changing, and gone by then.
#pragma once

#include <functional>
#include <memory>

#include "core/loop.hpp"
#include "server/visitor.hpp"

namespace server {

class User;

// Kept in the directory for each user that has one (Directory::Access::handle()). Cheap to copy;
// two to the same user are equal. It may outlive the user, but no visit may outlive the loop.
class UserHandle {
 public:
  // What is done there; null: the user is gone.
  using Visit = std::function<void(User*)>;

  UserHandle() = default;  // to nobody
  explicit UserHandle(User& user);

  explicit operator bool() const { return place_ != nullptr; }

  // Soon, on the user's loop, in turn with what else was sent there. Thread: any. Must lead to
  // somebody. The visit must not refer to anything that belongs to the caller's loop.
  void visit(Visit visit) const;

  // Null once it is gone. Thread: the user's loop.
  User* operator*() const { return place_->user; }
  // It is gone from now on, for all handles to it. Thread: the same, with the directory's lock.
  void clear() const {
    place_->user = nullptr;
    place_->is_here = false;
  }

  Visitor visitor() const { return place_; }

 private:
  struct Place : Presence {
    Place(core::Loop& on, User& of) : loop(on), user(&of) {}

    core::Loop& loop;
    User* user;
  };

  std::shared_ptr<Place> place_;
};

}  // namespace server
