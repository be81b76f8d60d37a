// hubbubd --hash-password: from a password to what a configuration may hold of it.
#pragma once

namespace server {

// Reads a line from standard input, unseen where that is a terminal (and then twice, in case of a
// slip), and prints its hash on standard output. Gives the exit status: 0, 1 where there is no line
// or no hash of it, 2 for one that is not accepted.
int print_password_hash();

}  // namespace server
