// A habit of std::string is worked around here, because it would break the memory rule: reserve()
// may round up to twice the capacity, past the limit, so a longer line moves into a new string.
#include "server/line_editor.hpp"

#include <algorithm>
#include <limits>

#include "core/assert.hpp"
#include "core/text.hpp"

namespace server {

LineEditor::LineEditor(std::size_t max_bytes) : max_bytes_(static_cast<std::uint32_t>(max_bytes)) {
  HUBBUB_ASSERT(max_bytes > 0 && max_bytes <= std::numeric_limits<std::uint32_t>::max());
}

bool LineEditor::append(std::string_view text) {
  release_finished();
  if (state_ == State::kTooLong) return true;
  HUBBUB_ASSERT(typed().size() <= max_bytes_);
  if (text.size() > max_bytes_ - typed().size()) {
    erase_line();
    state_ = State::kTooLong;
    return false;
  }
  if (text.empty()) return true;
  grow_for(text.size());
  partial_->append(text);
  return true;
}

void LineEditor::erase_character() {
  release_finished();
  if (!partial_) return;
  partial_->resize(partial_->size() - core::last_character_bytes(*partial_));
  if (partial_->empty()) partial_.reset();
}

void LineEditor::erase_line() {
  partial_.reset();
  state_ = State::kTyping;
}

std::optional<std::string_view> LineEditor::finish() {
  release_finished();
  if (state_ == State::kTooLong) {
    state_ = State::kTyping;
    return std::nullopt;
  }
  state_ = State::kFinished;
  return typed();
}

void LineEditor::release_finished() {
  if (state_ == State::kFinished) erase_line();
}

std::size_t LineEditor::heap_bytes() const {
  const std::size_t inside_object = std::string().capacity();
  return partial_ && partial_->capacity() > inside_object ? partial_->capacity() : 0;
}

void LineEditor::grow_for(std::size_t bytes) {
  if (!partial_) partial_ = std::make_unique<std::string>();
  const std::size_t needed = partial_->size() + bytes;
  if (needed <= partial_->capacity()) return;
  std::string larger;
  larger.reserve(std::min<std::size_t>(std::max(needed, 2 * partial_->capacity()), max_bytes_));
  larger.append(*partial_);
  partial_->swap(larger);
}

}  // namespace server
