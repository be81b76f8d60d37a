// A server on several loops, each on a thread of its own: rooms span them.
#include <atomic>
#include <csignal>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include "core/gather.hpp"
#include "core/timeout.hpp"
#include "server/loop_thread.hpp"
#include "server/server.hpp"
#include "tests/unit/support.hpp"

namespace server {
namespace {

using core::Task;
using namespace std::chrono_literals;

constexpr std::size_t kLoops = 3;

// Somebody who connects over loopback; the kernel decides to which loop.
class Person {
 public:
  static Task<std::unique_ptr<Person>> connect(core::Address address, std::string nick) {
    auto person = std::make_unique<Person>(co_await core::Stream::connect(address));
    co_await person->sees("you are now in #lobby");
    person->says("/nick " + nick);
    co_await person->sees("you are now known as " + nick);
    co_return person;
  }
  explicit Person(core::Stream stream) : stream_(std::move(stream)) {}

  void says(std::string_view line) { stream_.outflow().append(std::string(line) + "\r\n"); }
  // The next line that has the text in it; what stood before it is passed over. Empty at the end.
  Task<std::string> sees(std::string text) {
    for (;;) {
      const auto line = co_await stream_.read_line();
      if (!line || line->find(text) != std::string::npos) co_return line.value_or(std::string());
    }
  }

 private:
  core::Stream stream_;
};

using People = std::vector<std::unique_ptr<Person>>;

Task<People> invite(core::Address address, std::size_t count) {
  People people;
  for (std::size_t i = 0; i < count; ++i) {
    people.push_back(co_await Person::connect(address, fmt::format("p{}", i)));
  }
  co_return people;
}

class ServerLoopsTest : public ::testing::Test {
 protected:
  ServerLoopsTest() {
    config_.listen = {{Protocol::kChat, *core::Address::parse("127.0.0.1:0")}};
    config_.ring = RingKind::kIoUring;
    config_.shutdown.grace = 10s;
    config_.log.level = LogLevel::kError;
    spdlog::set_level(spdlog::level::off);
    ::pthread_sigmask(SIG_SETMASK, nullptr, &mask_);
  }
  ~ServerLoopsTest() override {
    ::pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
    spdlog::set_level(spdlog::level::info);
  }

  // Runs the test's coroutine on the first of the loops.
  void run(Task<void> (*body)(core::Address chat)) {
    const std::size_t descriptors = core::support::open_descriptors();
    {
      core::Signals signals({SIGTERM, SIGHUP});
      const LoopHost here(config_);
      std::vector<std::unique_ptr<LoopThread>> threads;
      std::vector<core::Loop*> loops{&here.loop()};
      while (loops.size() < kLoops) {
        threads.push_back(std::make_unique<LoopThread>(config_, loops.size()));
        loops.push_back(&threads.back()->loop());
      }
      here.loop().run(serve(loops, signals, body));
    }
    EXPECT_EQ(core::support::open_descriptors(), descriptors);
  }

  Config config_;

 private:
  Task<void> serve(std::vector<core::Loop*> loops, core::Signals& signals,
                   Task<void> (*body)(core::Address)) {
    Server server(std::move(loops), config_);
    server.set_reload([base = config_] {
      static std::atomic<std::size_t> times = 0;
      Config next = base;
      next.chat.motd = std::string(++times, 'x');
      next.limits.max_lag += times;
      next.limits.trusted.resize(1 + times % 2, next.limits.trusted.front());
      return next;
    });
    core::TaskHandle<void> running = core::current_loop().spawn(server.run(signals), "server");
    try {
      co_await core::timeout(60s, body(server.bound()[0].address));
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
    ::raise(SIGTERM);
    co_await running;
  }

  sigset_t mask_{};
};

// What somebody hears until it has heard `count` lines of what was said.
Task<std::vector<std::string>> hear(Person& person, std::size_t count) {
  std::vector<std::string> lines;
  while (lines.size() < count) {
    const std::string line = co_await person.sees("says ");
    if (line.empty()) break;
    lines.push_back(line.substr(line.find('<')));
  }
  co_return lines;
}

Task<void> say_all(Person& person, std::string nick, int count) {
  person.says("/echo on");
  for (int i = 0; i < count; ++i) {
    person.says(fmt::format("{} says {}", nick, i));
    if (i % 8 == 0) co_await core::sleep(0s);
  }
}

Task<void> everybody_talks_at_once(core::Address chat) {
  constexpr std::size_t kPeople = 12;
  constexpr int kLines = 200;
  const People people = co_await invite(chat, kPeople);
  std::vector<core::TaskHandle<std::vector<std::string>>> heard;
  std::vector<core::TaskHandle<void>> talking;
  for (std::size_t i = 0; i < kPeople; ++i) {
    talking.push_back(
        core::current_loop().spawn(say_all(*people[i], fmt::format("p{}", i), kLines), "talker"));
    heard.push_back(core::current_loop().spawn(hear(*people[i], kPeople * kLines), "listener"));
  }
  for (auto& one : talking) co_await one;
  const std::vector<std::string> first = co_await heard[0];
  EXPECT_EQ(first.size(), kPeople * kLines);
  for (std::size_t i = 1; i < kPeople; ++i) {
    const std::vector<std::string> other = co_await heard[i];
    EXPECT_TRUE(other == first) << "another order for " << i;
  }
}

TEST_F(ServerLoopsTest, EverybodySeesOneOrderOnWhateverLoop) {
  run(everybody_talks_at_once);
}

Task<void> whisper(core::Address chat) {
  const People people = co_await invite(chat, 10);
  for (std::size_t from = 0; from < people.size(); ++from) {
    for (std::size_t to = 0; to < people.size(); ++to) {
      people[from]->says(fmt::format("/msg p{} psst {}-{}", to, from, to));
      const std::string own = co_await people[from]->sees(fmt::format("psst {}-{}", from, to));
      EXPECT_FALSE(own.empty());
      if (from == to) continue;
      const std::string line = co_await people[to]->sees(fmt::format("psst {}-{}", from, to));
      EXPECT_NE(line.find(fmt::format("p{}", from)), std::string::npos) << line;
    }
  }
  people[0]->says("/msg nobody hello");
  const std::string error = co_await people[0]->sees("error");
  EXPECT_NE(error.find("nobody"), std::string::npos);
}

// Every loop has its own, which changes while people come, talk and ask for the counts of all.
Task<void> talk_under_new_configurations(core::Address chat) {
  const People people = co_await invite(chat, 6);
  for (int i = 0; i < 40; ++i) {
    ::raise(SIGHUP);
    const std::string text = fmt::format("line {}.", i);
    people[0]->says(text);
    for (std::size_t to = 1; to < people.size(); ++to) co_await people[to]->sees(text);
    people[1]->says("/stats");
    EXPECT_NE(co_await people[1]->sees("people on"), "");
    const auto newcomer = co_await Person::connect(chat, fmt::format("late{}", i));
  }
}

TEST_F(ServerLoopsTest, AnotherConfigurationDisturbsNobody) {
  config_.operators.networks = default_trusted();
  run(talk_under_new_configurations);
}

// A signal may come before every loop has begun: whoever comes in the end has the new
// configuration.
Task<void> reload_at_once(core::Address chat) {
  ::raise(SIGHUP);
  for (std::string second; !second.ends_with("x");) {
    Person newcomer(co_await core::Stream::connect(chat));
    co_await newcomer.sees("welcome to");
    second = co_await newcomer.sees("-- ");
  }
}

TEST_F(ServerLoopsTest, AnotherConfigurationMayComeAtOnce) {
  run(reload_at_once);
}

TEST_F(ServerLoopsTest, PrivateLinesCrossLoops) {
  run(whisper);
}

// Whether a line is taken is for the loop where it arrives, by what holds there.
Task<void> whisper_under_new_configurations(core::Address chat) {
  const People people = co_await invite(chat, 6);
  for (int i = 0; i < 40; ++i) {
    ::raise(SIGHUP);
    for (const auto& from : people) {
      for (std::size_t to = 0; to < people.size(); ++to) {
        from->says(fmt::format("/msg p{} psst {}.", to, i));
      }
    }
    const std::string text = fmt::format("tells you: psst {}.", i);
    for (const auto& to : people) {
      for (std::size_t from = 0; from < people.size(); ++from) {
        EXPECT_NE(co_await to->sees(text), "");
      }
    }
  }
}

TEST_F(ServerLoopsTest, PrivateLinesCrossWhileTheConfigurationChanges) {
  run(whisper_under_new_configurations);
}

Task<void> ask_about_each_other(core::Address chat) {
  const People people = co_await invite(chat, 10);
  people[9]->says("/join #tea");
  co_await people[9]->sees("you are now in #tea");
  people[9]->says("/topic biscuits");
  co_await people[9]->sees("biscuits");
  for (std::size_t i = 0; i < 9; ++i) {
    people[i]->says("/who #tea");
    std::string line = co_await people[i]->sees("p9");
    EXPECT_FALSE(line.empty());
    people[i]->says("/whois p9");
    co_await people[i]->sees("p9 has been here");
    line = co_await people[i]->sees("in ");
    EXPECT_NE(line.find("#tea"), std::string::npos) << line;
    people[i]->says("/nick P9");
    co_await people[i]->sees("error");
    people[i]->says("/join #tea");
    line = co_await people[i]->sees("you are now in #tea");
    line = co_await people[i]->sees("biscuits");
    EXPECT_FALSE(line.empty());
  }
}

TEST_F(ServerLoopsTest, NamesAndRoomsAreTheSameOnEveryLoop) {
  run(ask_about_each_other);
}

// Comes, joins, talks, changes its name, leaves, again and again.
Task<void> be_restless(core::Address chat, int who, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    const auto person = co_await Person::connect(chat, fmt::format("r{}x{}", who, round));
    for (int i = 0; i < 5; ++i) {
      person->says(fmt::format("/join #room{}", (who + i) % 3));
      person->says(fmt::format("hello {}", i));
      person->says(fmt::format("/msg r{}x{} hi", (who + 1) % 8, round));
      person->says(fmt::format("/nick r{}x{}n{}", who, round, i));
      if (i % 2 == 1) person->says("/leave");
    }
    person->says("/who");
    person->says("/rooms");
    if (round % 2 == 0) {
      person->says("/quit");
      co_await person->sees("goodbye");
    } else {
      person->says("/time");
      co_await person->sees("-- 20");
    }
  }
}

Task<void> restless_evening(core::Address chat) {
  std::vector<core::TaskHandle<void>> all;
  for (int i = 0; i < 8; ++i) {
    all.push_back(core::current_loop().spawn(be_restless(chat, i, 12), "restless"));
  }
  for (auto& one : all) co_await one;
  const auto last = co_await Person::connect(chat, "last");
  last->says("/rooms");
  std::string line = co_await last->sees("#lobby");
  EXPECT_FALSE(line.empty());
}

TEST_F(ServerLoopsTest, ManyComeTalkAndGoOnAllLoopsAtOnce) {
  run(restless_evening);
}

// Keeps order without a reason, in the rooms where restless people come and go.
Task<void> keep_order(core::Address chat, int rounds) {
  const auto boss = co_await Person::connect(chat, "boss");
  for (int round = 0; round < rounds; ++round) {
    boss->says(fmt::format("/join #room{}", round % 3));
    for (int who = 0; who < 8; ++who) {
      for (const int i : {0, 1, 4}) {
        const std::string nick = fmt::format("r{}x{}n{}", who, round / 4, i);
        boss->says("/kick " + nick + " no reason");
        boss->says("/mute " + nick + " 1s");
        boss->says("/op " + nick);
        boss->says("/invite " + nick);
        boss->says("/deop " + nick);
        boss->says("/ban " + nick + " 1s");
      }
      boss->says(fmt::format("/kill r{}x{}", who, round / 4));
    }
    boss->says("/slow 1");
    boss->says("/moderated on");
    boss->says("/bans");
    boss->says("/wall hello");
    co_await boss->sees("hello");
    boss->says("/moderated off");
    boss->says("/slow off");
    boss->says("/gban 192.0.2.1");
    boss->says("/ungban 192.0.2.1");
    co_await boss->sees("192.0.2.1 is banned from the server no more");
  }
}

Task<void> restless_and_orderly_evening(core::Address chat) {
  std::vector<core::TaskHandle<void>> all;
  for (int i = 0; i < 8; ++i) {
    all.push_back(core::current_loop().spawn(be_restless(chat, i, 12), "restless"));
  }
  all.push_back(core::current_loop().spawn(keep_order(chat, 40), "order"));
  for (auto& one : all) co_await one;
}

TEST_F(ServerLoopsTest, OrderIsKeptOnAllLoopsAtOnce) {
  config_.operators.networks = default_trusted();
  config_.limits.trusted = default_trusted();
  run(restless_and_orderly_evening);
}

Task<void> fill_the_house(core::Address chat) {
  const People people = co_await invite(chat, 5);
  Person sixth(co_await core::Stream::connect(chat));
  const std::string words = co_await sixth.sees("full");
  EXPECT_FALSE(words.empty());
}

TEST_F(ServerLoopsTest, TheLimitOfConnectionsIsOfAllLoopsTogether) {
  config_.limits.connections = 5;
  run(fill_the_house);
}

}  // namespace
}  // namespace server
