// The options of compare, on CLI11.
#include "client/load/compare_command.hpp"

#include <charconv>
#include <stdexcept>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "client/load/comparability.hpp"
#include "client/load/comparison.hpp"
#include "client/load/format.hpp"
#include "client/load/output_files.hpp"

namespace load {
namespace {

double parse_tolerance(std::string text) {
  double value = 0;
  if (text.ends_with('%')) text.pop_back();
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (error != std::errc{} || rest != end || !(value >= 0)) {
    throw CLI::ValidationError(
        fmt::format("--tolerance takes a percentage such as 5%, not '{}'", printable(text)), 0);
  }
  return value / 100;
}

}  // namespace

std::variant<CompareOptions, ExitRequest> parse_compare(int argc, const char* const* argv) {
  CompareOptions options;
  CLI::App app("hubbub-load compare: what changed from one run to another.", "hubbub-load compare");
  app.footer(
      "Exit status: 0 nothing is worse; 3 something is; 2 a file could not be read, or they "
      "cannot\n"
      "be compared: different scenarios, or one was not finished.\n"
      "Rates and latencies are worse if they changed by more than the tolerance and by more than\n"
      "chance (95 % confidence, from samples of each second); losses and the like if there are\n"
      "more.");
  app.add_option("BEFORE", options.before, "a file that --json wrote")->required()->type_name("");
  app.add_option("AFTER", options.after, "another")->required()->type_name("");
  app.add_option_function<std::string>(
         "--tolerance", [&](const std::string& text) { options.tolerance = parse_tolerance(text); },
         "changes of less than this are none [5%]")
      ->type_name("P%");
  app.add_option("--report", options.report, "also write a page of HTML, with pictures")
      ->type_name("FILE");
  app.set_help_flag("-h,--help", "print this");
  try {
    app.parse(argc - 1, argv + 1);
  } catch (const CLI::CallForHelp&) {
    return ExitRequest{kRan, app.help(), false};
  } catch (const CLI::ParseError& error) {
    return ExitRequest{
        kCouldNotRun,
        fmt::format("hubbub-load: {}\nTry 'hubbub-load compare --help'.\n", error.what()), true};
  }
  return options;
}

ExitRequest run_compare(const CompareOptions& options, std::string& page) {
  for (const std::string& read : {options.before, options.after}) {
    if (!options.report || !is_same_file(*options.report, read)) continue;
    throw std::runtime_error(fmt::format("--report {} would write over {}", *options.report, read));
  }
  const RecordedRun before = read_run(options.before);
  const RecordedRun after = read_run(options.after);
  check_comparable(before, after);
  const std::vector<ComparedFigure> figures = compare(before, after, options.tolerance);
  if (options.report) page = comparison_html(before, after, figures);
  return {is_worse(figures) ? kAssertionFailed : kRan, comparison_text(before, after, figures),
          false};
}

}  // namespace load
