// What a server sends, made safe to show. The server does the same for its clients; this is the
// defence of a terminal against a server that is broken or hostile.
#pragma once

#include <string>
#include <string_view>

namespace client {

// Appends a safe copy of a line: valid UTF-8 that cannot move a cursor, colour or ring a terminal,
// set its title, or turn the direction of the text around it.
// - ill-formed UTF-8 becomes U+FFFD, one per maximal subpart (Unicode 15, section 3.9);
// - C0 controls but the tab, DEL and C1 controls are dropped; what follows an escape stays as
//   harmless letters;
// - direction controls, line and paragraph separators and U+FEFF are dropped.
void append_safe(std::string_view line, std::string& out);

}  // namespace client
