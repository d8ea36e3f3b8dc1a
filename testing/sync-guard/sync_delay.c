/*
 * sync_delay: a preloaded library under which each sync takes longer, as on a slower disk.
 *
 * Environment:
 *     SYNC_DELAY_US  By how many microseconds.
 *
 * Licence: Apache-2.0 OR MIT, as the rest of this project.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static struct timespec delay;
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_sync_file_range)(int, off64_t, off64_t, unsigned int);

__attribute__((constructor)) static void begin(void) {
    const char *text = getenv("SYNC_DELAY_US");
    long microseconds = text ? strtol(text, NULL, 10) : 0;
    if (microseconds > 0) {
        delay.tv_sec = microseconds / 1000000;
        delay.tv_nsec = microseconds % 1000000 * 1000;
    }
    real_fsync = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    real_sync_file_range =
        (int (*)(int, off64_t, off64_t, unsigned int))dlsym(RTLD_NEXT, "sync_file_range");
}

/* A disk takes its time whether or not it succeeds; a signal does not make it quicker. */
static int slowly(int result) {
    int error = errno;
    struct timespec left = delay;
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {}
    errno = error;
    return result;
}

int fsync(int fd) {
    return slowly(real_fsync(fd));
}

int fdatasync(int fd) {
    return slowly(real_fdatasync(fd));
}

int sync_file_range(int fd, off64_t from, off64_t count, unsigned int flags) {
    return slowly(real_sync_file_range(fd, from, count, flags));
}
