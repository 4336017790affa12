/*
 * The floor under a warm `awsx exec`: a static program that does the same to the system and computes nothing. It asks for
 * the same files, reads the same key from the kernel's keyring, sets as many variables, and becomes the command.
 *
 *     floor FILE... -- COMMAND [ARG...]
 *
 * What awsx does beside this: it reads the profiles, plans, takes a digest, and opens a seal.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { KEYCTL_GET_KEYRING_ID = 0, KEYCTL_SEARCH = 10, KEYCTL_READ = 11, USER_KEYRING = -4 };

static char buffer[1 << 16];

static void read_all(const char *path)
{
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return;
    fstat(file, &status);
    while (read(file, buffer, sizeof buffer) > 0)
        ;
    close(file);
}

int main(int count, char **args)
{
    int at = 1;
    prctl(PR_SET_DUMPABLE, 0);
    for (; at < count && strcmp(args[at], "--") != 0; at++)
        read_all(args[at]);
    long ring = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, USER_KEYRING, 1);
    long key = syscall(SYS_keyctl, KEYCTL_SEARCH, ring, "user", "awsx:cache-key", 0);
    syscall(SYS_keyctl, KEYCTL_READ, key, buffer, 256);
    static const char *const names[] = {
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION",
        "AWS_CREDENTIAL_EXPIRATION", "AWSX_PROFILE", "AWSX_EXPIRES", "AWSX_ACCOUNT", "AWSX_SHLVL",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        setenv(names[i], "a value that is forty characters long...", 1);
    if (at + 1 < count)
        execvp(args[at + 1], args + at + 1);
    perror("floor");
    return 127;
}
