// The report page of hubbub-load in a real browser, wide and narrow: everything is within its
// picture, and a curve can be told from another by its name.
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/e2e/process.hpp"
#include "tests/e2e/server.hpp"
#include "tests/e2e/text.hpp"

namespace e2e {
namespace {

// Looks at the page and writes what it finds into the title, where --dump-dom shows it.
constexpr const char* kInspector = R"(<script>
const wrong = [];
const root = document.documentElement;
if (root.scrollWidth > innerWidth) wrong.push('wider than the window');
const pictures = document.querySelectorAll('svg');
for (const picture of pictures) {
  const frame = picture.getBoundingClientRect();
  if (frame.width < 200 || frame.height < 50) wrong.push('a picture is too small');
  const texts = [...picture.querySelectorAll('text')];
  for (const text of texts) {
    const box = text.getBoundingClientRect();
    const inside = box.left >= frame.left - 1 && box.right <= frame.right + 1 &&
                   box.top >= frame.top - 1 && box.bottom <= frame.bottom + 1;
    if (!inside) wrong.push('outside: ' + text.textContent);
    if (/NaN|inf|undefined/.test(text.textContent)) wrong.push('says ' + text.textContent);
  }
  for (const curve of picture.querySelectorAll('polyline[points]')) {
    const colour = getComputedStyle(curve).stroke;
    const named = picture.querySelectorAll('polyline[points]').length == 1 ||
                  texts.some(text => getComputedStyle(text).fill == colour);
    if (!named) wrong.push('a curve without a name');
  }
}
document.title = pictures.length + ' pictures, ' + (wrong.join('; ') || 'all well');
</script>
)";

TEST(Report, ShowsWellInABrowser) {
  if (!is_installed("chromium")) GTEST_SKIP() << "chromium is not installed";
  const Server server;
  const std::string page =
      std::filesystem::temp_directory_path() / ("hubbub-" + std::to_string(::getpid()) + ".html");
  const Outcome load =
      run({program("HUBBUB_LOAD"), "broadcast", "--connect",
           "127.0.0.1:" + std::to_string(server.chat_port()), "--clients", "20", "--rate", "100",
           "--warmup", "200ms", "--duration", "2s", "--quiet", "--report", page});
  ASSERT_EQ(load.status, 0) << load.errors;
  std::ofstream(page, std::ios::app) << kInspector;
  for (const char* const size : {"1200,900", "420,800"}) {
    const Outcome browser =
        run({"chromium", "--headless", "--no-sandbox", "--disable-gpu",
             std::string("--window-size=") + size, "--dump-dom", "file://" + page});
    EXPECT_TRUE(contains(browser.output, "<title>5 pictures, all well</title>"))
        << size << ": "
        << browser.output.substr(std::min(browser.output.find("<title>"), browser.output.size()),
                                 500);
  }
  std::filesystem::remove(page);
}

}  // namespace
}  // namespace e2e
