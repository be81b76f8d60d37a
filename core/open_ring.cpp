// The fallback, and the sentence that explains it.
#include "core/open_ring.hpp"

#include "core/poll_ring.hpp"

namespace core {

OpenedRing open_ring(const UringOptions& options) {
  try {
    return {std::make_unique<UringRing>(options), {}};
  } catch (const RingRefused& refused) {
    return {std::make_unique<PollRing>(), refused.what()};
  }
}

}  // namespace core
