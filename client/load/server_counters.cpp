// One request over HTTP/1.0 (RFC 1945: the answer ends with the connection, and comes in one
// piece), and the few lines of the answer that matter.
#include "client/load/server_counters.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

#include <fmt/format.h>

#include "client/load/causes.hpp"
#include "client/load/format.hpp"
#include "core/stream.hpp"
#include "core/timeout.hpp"

namespace load {
namespace {

// Cut off from the front of the text, with its end; the text is empty after the last.
std::string_view next_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string_view first_word(std::string_view text) {
  return text.substr(0, text.find(' '));
}

// What stands behind the name and the labels in a line of the page, without the time that may
// follow it. Nothing: the line is about another metric.
std::optional<std::string_view> value_of(std::string_view name, std::string_view line) {
  if (!line.starts_with(name)) return std::nullopt;
  line.remove_prefix(name.size());
  if (line.starts_with('{')) line.remove_prefix(std::min(line.find('}') + 1, line.size()));
  if (!line.starts_with(' ')) return std::nullopt;
  return first_word(line.substr(1));
}

std::optional<std::uint64_t> sum_of(std::string_view name, std::string_view page) {
  std::optional<std::uint64_t> sum;
  while (!page.empty()) {
    const auto digits = value_of(name, next_line(page));
    if (!digits) continue;
    const char* const end = digits->data() + digits->size();
    std::uint64_t value = 0;
    const auto [rest, error] = std::from_chars(digits->data(), end, value);
    if (error != std::errc{} || rest != end) return std::nullopt;
    sum = sum.value_or(0) + value;
  }
  return sum;
}

std::string text_of(std::string_view name, std::string_view page) {
  while (!page.empty()) {
    if (const auto value = value_of(name, next_line(page))) return std::string(*value);
  }
  return {};
}

struct Answer {
  std::string text;
  int error = 0;  // that ended the connection
};

core::Task<Answer> answer_of(core::Address metrics) {
  core::Stream stream = co_await core::Stream::connect(metrics);
  co_await stream.write("GET /metrics HTTP/1.0\r\n\r\n");
  Answer answer;
  while (answer.text.size() <= kPageMost) {
    const core::Received received = co_await stream.receive();
    if (received.empty()) break;
    answer.text += received.bytes();
  }
  answer.error = stream.end_error();
  co_return answer;
}

// By its length, where the head tells that; names of fields are in any case (RFC 1945, 4.2).
bool is_cut(std::string_view head, std::string_view page) {
  constexpr std::string_view kLength = "content-length: ";
  while (!head.empty()) {
    const std::string_view line = next_line(head);
    const std::string_view name = line.substr(0, kLength.size());
    const bool is_length = std::equal(name.begin(), name.end(), kLength.begin(), kLength.end(),
                                      [](char a, char b) { return (a | 0x20) == (b | 0x20); });
    if (is_length) return line.substr(kLength.size()) != std::to_string(page.size());
  }
  return !page.ends_with('\n');  // as the last line has to
}

Counted counted_in(const Answer& answer) {
  if (answer.text.empty()) return {.counters = {}, .why_not = cause_of(answer.error)};
  if (answer.text.size() > kPageMost) return {.counters = {}, .why_not = "its answer does not end"};
  std::string_view rest = answer.text;
  const std::string_view status = next_line(rest);
  if (!status.starts_with("HTTP/1.")) {
    return {.counters = {}, .why_not = "what answers does not speak HTTP"};
  }
  const std::size_t blank = status.find(' ');
  if (blank == std::string_view::npos || first_word(status.substr(blank + 1)) != "200") {
    return {.counters = {},
            .why_not = fmt::format("it answers '{}'", printable(status.substr(0, 80)))};
  }
  const std::size_t head_end = rest.find("\r\n\r\n");
  const std::string_view page =
      head_end == std::string_view::npos ? std::string_view() : rest.substr(head_end + 4);
  if (answer.error != 0 || page.empty() || is_cut(rest.substr(0, head_end), page)) {
    return {.counters = {}, .why_not = "its answer is cut off"};
  }
  Counted counted{.counters = parse_counters(page), .why_not = {}};
  if (!counted.counters) counted.why_not = "it has no counts of a hubbubd";
  return counted;
}

}  // namespace

std::optional<ServerCounters> parse_counters(std::string_view page) {
  const auto deliveries = sum_of("hubbub_deliveries_total", page);
  const auto missed = sum_of("hubbub_missed_messages_total", page);
  const auto sends = sum_of("hubbub_sends_total", page);
  const auto sent_bytes = sum_of("hubbub_sent_bytes_total", page);
  if (!deliveries || !missed || !sends || !sent_bytes) return std::nullopt;
  return ServerCounters{*deliveries, *missed, *sends, *sent_bytes,
                        text_of("process_start_time_seconds", page)};
}

Counted between(const Counted& begin, const Counted& end) {
  if (!begin.counters) return begin;
  if (!end.counters) return end;
  const ServerCounters& was = *begin.counters;
  const ServerCounters& is = *end.counters;
  if (is.began != was.began || is.deliveries < was.deliveries || is.missed < was.missed ||
      is.sends < was.sends || is.sent_bytes < was.sent_bytes) {
    return {.counters = {}, .why_not = "the server began anew meanwhile"};
  }
  return {
      .counters = ServerCounters{is.deliveries - was.deliveries, is.missed - was.missed,
                                 is.sends - was.sends, is.sent_bytes - was.sent_bytes, is.began},
      .why_not = {}};
}

core::Task<Counted> ask_for_counters(core::Address metrics) {
  Counted counted;
  try {
    counted = counted_in(co_await core::timeout(kAskMost, answer_of(metrics)));
  } catch (const core::TimeoutError&) {
    counted.why_not = "no answer within " + core::format_duration(kAskMost);
  } catch (const std::system_error& error) {
    counted.why_not = cause_of(error.code().value());
  }
  if (!counted.why_not.empty()) {
    counted.why_not =
        fmt::format("{} (--server-metrics): {}", metrics.to_string(), counted.why_not);
  }
  co_return counted;
}

}  // namespace load
