/*
 * sync_guard: a preloaded library that takes from a process what it did not sync.
 *
 * SIGKILL alone does not test syncs: what a killed process wrote stays in the system's cache and
 * is found again. Under this library each guarded file is a shadow copy; the real file is given
 * what was written only when the file is synced. After a SIGKILL the real files hold what was
 * synced, and nothing else: what a power failure leaves in the worst case.
 *
 * Build:
 *     cc -std=c11 -O2 -Wall -Wextra -shared -fPIC -o libsync_guard.so sync_guard.c -ldl -lpthread
 *
 * Run:
 *     LD_PRELOAD=…/libsync_guard.so SYNC_GUARD_DIR=… SYNC_GUARD_SHADOW=… program
 *
 * Environment:
 *     SYNC_GUARD_DIR       The directory whose files are guarded, subdirectories included: an
 *                          absolute path without symbolic links. Not guarded are files that end
 *                          in `-shm` or `.lock`, which nobody means to keep. Without it the
 *                          library does nothing.
 *     SYNC_GUARD_SHADOW    An existing directory for the shadow copies, absolute and outside
 *                          SYNC_GUARD_DIR; best on a tmpfs. Give each start an EMPTY one, shared
 *                          only by processes that work on the same files at the same time, or by
 *                          one that is to find what a killed one had not synced: its first sync of
 *                          a file then syncs that too, as the system's does.
 *     SYNC_GUARD_DELAY_US  Optional: each sync takes this many microseconds longer, like a
 *                          slower disk.
 *     SYNC_GUARD_FAIL      Optional, an absolute path outside SYNC_GUARD_DIR: when a file is
 *                          there, the next sync of a guarded file removes it and fails with EIO,
 *                          and what it was to keep stays unsynced.
 *
 * What is caught: open, openat, creat, close, write, writev, pwrite, pwritev, ftruncate,
 * fallocate, posix_fallocate, fsync, fdatasync, stat, lstat, statx, access, unlink, unlinkat,
 * rename and their 64-bit names. What is not: writes through shared maps, fopen's streams,
 * sendfile, copy_file_range, io_uring, link, syncfs, O_SYNC and descriptors that were doubled
 * with dup or fcntl (`try_clone`); SQLite and the plain calls of Rust's files use none of these.
 * Unlinking and renaming count as synced at once. A file that is guarded appears, empty, when it
 * is made. Whatever is not synced when the process ends in any other way is gone as well.
 *
 * Licence: Apache-2.0 OR MIT, as the rest of this project.
 */
#include "shadow.h"

static mode_t mode_of(int flags, va_list more) {
    return (flags & (O_CREAT | O_TMPFILE)) ? (mode_t)va_arg(more, int) : 0;
}

int open64(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = mode_of(flags, more);
    va_end(more);
    char full[PATH_BYTES], shadow[PATH_BYTES];
    if (!(flags & O_DIRECTORY) && locate(path, full, shadow))
        return open_guarded(full, shadow, flags, mode);
    return real_open(path, flags, mode);
}

int open(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = mode_of(flags, more);
    va_end(more);
    return open64(path, flags, mode);
}

int creat(const char *path, mode_t mode) {
    return open64(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

int creat64(const char *path, mode_t mode) {
    return creat(path, mode);
}

int openat64(int dir, const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = mode_of(flags, more);
    va_end(more);
    ready();
    if (*path == '/' || dir == AT_FDCWD) return open64(path, flags, mode);
    return real_openat(dir, path, flags, mode);
}

int openat(int dir, const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = mode_of(flags, more);
    va_end(more);
    return openat64(dir, path, flags, mode);
}

int close(int fd) {
    ready();
    if (fd >= 0 && fd < FDS_MAX && of_fd[fd]) {
        pthread_mutex_lock(&lock);
        of_fd[fd] = 0;
        pthread_mutex_unlock(&lock);
    }
    return real_close(fd);
}

/* Marks what a write has written; it is called before the program learns that it was written. */
static ssize_t written(int fd, off_t from, ssize_t count) {
    struct guarded *file = guarded_of(fd);
    if (file && count > 0) {
        int error = errno;
        pthread_mutex_lock(&lock);
        mark(file, from, (size_t)count);
        pthread_mutex_unlock(&lock);
        errno = error;
    }
    return count;
}

/* After a write at the descriptor's own place, which is then behind what was written. */
static ssize_t written_here(int fd, ssize_t count) {
    if (count > 0 && guarded_of(fd)) written(fd, lseek(fd, 0, SEEK_CUR) - count, count);
    return count;
}

ssize_t write(int fd, const void *bytes, size_t count) {
    ready();
    return written_here(fd, real_write(fd, bytes, count));
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    ready();
    return written_here(fd, real_writev(fd, parts, count));
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t at) {
    ready();
    return written(fd, at, real_pwrite(fd, bytes, count, at));
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    return pwrite64(fd, bytes, count, at);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t at) {
    ready();
    return written(fd, at, real_pwritev(fd, parts, count, at));
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
    return pwritev64(fd, parts, count, at);
}

int ftruncate64(int fd, off_t length) {
    ready();
    struct guarded *file = guarded_of(fd);
    if (!file) return real_ftruncate(fd, length);
    pthread_mutex_lock(&lock);
    int outcome = real_ftruncate(fd, length);
    if (outcome == 0) cut(file, length);
    pthread_mutex_unlock(&lock);
    return outcome;
}

int ftruncate(int fd, off_t length) {
    return ftruncate64(fd, length);
}

/* Room that is made ahead reads as zeroes; the real file gets its length with the next sync. */
int fallocate64(int fd, int mode, off_t at, off_t length) {
    ready();
    return real_fallocate(fd, mode, at, length);
}

int fallocate(int fd, int mode, off_t at, off_t length) {
    return fallocate64(fd, mode, at, length);
}

int posix_fallocate64(int fd, off_t at, off_t length) {
    ready();
    return real_posix_fallocate(fd, at, length);
}

int posix_fallocate(int fd, off_t at, off_t length) {
    return posix_fallocate64(fd, at, length);
}

static int sync_guarded(int fd, int (*real)(int)) {
    if (delay_us) usleep(delay_us);
    struct guarded *file = guarded_of(fd);
    if (!file) return real(fd);
    if (fail_path && real_unlink(fail_path) == 0) {
        errno = EIO;
        return -1;
    }
    pthread_mutex_lock(&lock);
    settle(file);
    pthread_mutex_unlock(&lock);
    return 0;
}

int fsync(int fd) {
    ready();
    return sync_guarded(fd, real_fsync);
}

int fdatasync(int fd) {
    ready();
    return sync_guarded(fd, real_fdatasync);
}

/* What is asked of a path is asked of its shadow, if it has one. */
static const char *seen(const char *path, char *shadow) {
    char full[PATH_BYTES];
    return locate(path, full, shadow) && exists(shadow) ? shadow : path;
}

int stat64(const char *path, struct stat64 *found) {
    char shadow[PATH_BYTES];
    ready();
    return real_stat(seen(path, shadow), (struct stat *)found);
}

int stat(const char *path, struct stat *found) {
    char shadow[PATH_BYTES];
    ready();
    return real_stat(seen(path, shadow), found);
}

int lstat64(const char *path, struct stat64 *found) {
    char shadow[PATH_BYTES];
    ready();
    return real_lstat(seen(path, shadow), (struct stat *)found);
}

int lstat(const char *path, struct stat *found) {
    char shadow[PATH_BYTES];
    ready();
    return real_lstat(seen(path, shadow), found);
}

/* Rust asks with no path at all whether the call exists; the header says that none does so. */
int seen_statx(int, const char *, int, unsigned, struct statx *) __asm__("statx");

int seen_statx(int dir, const char *path, int flags, unsigned mask, struct statx *found) {
    char shadow[PATH_BYTES];
    ready();
    int by_path = path && (*path == '/' || (*path && dir == AT_FDCWD));
    return real_statx(dir, by_path ? seen(path, shadow) : path, flags, mask, found);
}

int access(const char *path, int mode) {
    char shadow[PATH_BYTES];
    ready();
    return real_access(seen(path, shadow), mode);
}

/* Forgets a file that is gone from its path; descriptors that are open still reach it. */
static void forget(const char *full, const char *shadow) {
    for (int i = 0; i < files_count; i++)
        if (!files[i].removed && strcmp(files[i].path, full) == 0) files[i].removed = 1;
    real_unlink(shadow);
}

int unlink(const char *path) {
    char full[PATH_BYTES], shadow[PATH_BYTES];
    if (!locate(path, full, shadow)) return real_unlink(path);
    pthread_mutex_lock(&lock);
    int outcome = real_unlink(path);
    int error = errno;
    if (outcome == 0) forget(full, shadow);
    pthread_mutex_unlock(&lock);
    errno = error;
    return outcome;
}

int unlinkat(int dir, const char *path, int flags) {
    ready();
    if (!(flags & AT_REMOVEDIR) && (*path == '/' || dir == AT_FDCWD)) return unlink(path);
    return real_unlinkat(dir, path, flags);
}

int rename(const char *from, const char *to) {
    char from_full[PATH_BYTES], from_shadow[PATH_BYTES];
    char to_full[PATH_BYTES], to_shadow[PATH_BYTES];
    int from_guarded = locate(from, from_full, from_shadow);
    int to_guarded = locate(to, to_full, to_shadow);
    if (!from_guarded && !to_guarded) return real_rename(from, to);
    pthread_mutex_lock(&lock);
    int outcome = real_rename(from, to);
    int error = errno;
    if (outcome == 0) {
        if (to_guarded) forget(to_full, to_shadow);
        if (from_guarded && to_guarded && exists(from_shadow)) {
            real_rename(from_shadow, to_shadow);
            for (int i = 0; i < files_count; i++)
                if (!files[i].removed && strcmp(files[i].path, from_full) == 0) {
                    snprintf(files[i].path, PATH_BYTES, "%s", to_full);
                    snprintf(files[i].shadow, PATH_BYTES, "%s", to_shadow);
                }
        } else if (from_guarded) {
            forget(from_full, from_shadow);
        }
    }
    pthread_mutex_unlock(&lock);
    errno = error;
    return outcome;
}
