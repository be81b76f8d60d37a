// The hub's counts, and those of all loops together.
#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "server/hub.hpp"

namespace server {

Statistics Hub::statistics() const {
  Statistics all = counted_;
  all.missed = fanout_.missed();
  all.lags = fanout_.lags();
  all.sends = loop_.sender().counters();
  all.passes = loop_.pass_times();
  all.slow_callbacks = loop_.slow_callbacks();
  all.exceptions = loop_.reports();
  all.tasks = loop_.task_count();
  return all;
}

void Hub::show_statistics(User& user) {
  UserHandle asking = Access(directory_).handle(user);
  collect_statistics([asking = std::move(asking)](const event::Stats& all) {
    if (*asking != nullptr) (*asking)->tell(all);
  });
}

// Each loop answers for itself, the last one tells. `done` goes home before it is called, so that
// what it holds ends on the loop where it came from.
void Hub::collect_statistics(std::function<void(const event::Stats&)> done) {
  struct Answers {
    std::vector<Statistics> loops;
    std::atomic<std::size_t> missing;
    std::size_t rooms;
    std::size_t sanctions;
    std::function<void(const event::Stats&)> done;
  };
  Access here(directory_);
  const auto answers = std::make_shared<Answers>();
  answers->loops.resize(here.hubs().size());
  answers->missing = here.hubs().size();
  answers->rooms = here.rooms();
  answers->sanctions = here.sanctions().taken();
  answers->done = std::move(done);
  for (std::size_t i = 0; i < here.hubs().size(); ++i) {
    Hub& hub = *here.hubs()[i];
    hub.loop_.post([&home = loop_, &hub, i, answers] {
      answers->loops[i] = hub.statistics();
      if (answers->missing.fetch_sub(1, std::memory_order_acq_rel) > 1) return;
      home.post([answers, tell = std::move(answers->done)] {
        tell(event::Stats{
            .loops = answers->loops, .rooms = answers->rooms, .sanctions = answers->sanctions});
      });
    });
  }
}

}  // namespace server
