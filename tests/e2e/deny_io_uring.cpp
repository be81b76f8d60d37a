// deny_io_uring ENOSYS|EPERM COMMAND...: runs a command for which io_uring_setup(2) fails, as it
// does under a container's seccomp profile (EPERM) or on a kernel without it (ENOSYS).
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <string_view>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: deny_io_uring ENOSYS|EPERM COMMAND...\n", stderr);
    return 2;
  }
  const unsigned error = std::string_view(argv[1]) == "ENOSYS" ? ENOSYS : EPERM;
  sock_filter instructions[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{.len = sizeof instructions / sizeof instructions[0],
                          .filter = instructions};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    std::perror("deny_io_uring: seccomp");
    return 2;
  }
  ::execvp(argv[2], argv + 2);
  std::perror(argv[2]);
  return 127;
}
