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
 *                          only by processes that work on the same files at the same time.
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
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define FDS_MAX 65536
#define FILES_MAX 1024
#define BLOCK 4096
#define PATH_BYTES 4096

/* A guarded file. Its descriptors are the program's, and are all of the shadow copy. */
struct guarded {
    char path[PATH_BYTES];
    char shadow[PATH_BYTES];
    ino_t shadow_inode;
    int real_fd;           /* writes to the real file */
    int shadow_fd;         /* reads from the shadow copy */
    int removed;
    off_t cut;             /* the shortest that the file was since its last sync, or -1 */
    unsigned char *dirty;  /* one bit a block */
    size_t dirty_bytes;
    size_t first, last;    /* the dirty blocks are first..last, if first <= last */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct guarded files[FILES_MAX];
static int files_count;
static short of_fd[FDS_MAX]; /* the index of the file and 1; 0 where the file is not guarded */
static const char *guard_dir, *shadow_dir, *fail_path;
static useconds_t delay_us;

static int (*real_open)(const char *, int, ...);
static int (*real_openat)(int, const char *, int, ...);
static int (*real_close)(int);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_pwritev)(int, const struct iovec *, int, off_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fallocate)(int, int, off_t, off_t);
static int (*real_posix_fallocate)(int, off_t, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_stat)(const char *, struct stat *);
static int (*real_lstat)(const char *, struct stat *);
static int (*real_statx)(int, const char *, int, unsigned, struct statx *);
static int (*real_access)(const char *, int);
static int (*real_unlink)(const char *);
static int (*real_unlinkat)(int, const char *, int);
static int (*real_rename)(const char *, const char *);

static void die(const char *what) {
    fprintf(stderr, "sync_guard: %s: %s\n", what, strerror(errno));
    abort();
}

static void *next(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) die(name);
    return found;
}

static void initialise(void) {
    real_open = next("open64");
    real_openat = next("openat64");
    real_close = next("close");
    real_write = next("write");
    real_writev = next("writev");
    real_pwrite = next("pwrite64");
    real_pwritev = next("pwritev64");
    real_ftruncate = next("ftruncate64");
    real_fallocate = next("fallocate64");
    real_posix_fallocate = next("posix_fallocate64");
    real_fsync = next("fsync");
    real_fdatasync = next("fdatasync");
    real_stat = next("stat64");
    real_lstat = next("lstat64");
    real_statx = next("statx");
    real_access = next("access");
    real_unlink = next("unlink");
    real_unlinkat = next("unlinkat");
    real_rename = next("rename");
    const char *dir = getenv("SYNC_GUARD_DIR");
    shadow_dir = getenv("SYNC_GUARD_SHADOW");
    fail_path = getenv("SYNC_GUARD_FAIL");
    const char *delay = getenv("SYNC_GUARD_DELAY_US");
    delay_us = delay ? (useconds_t)strtoul(delay, NULL, 10) : 0;
    if (dir && *dir == '/' && shadow_dir && *shadow_dir == '/') guard_dir = dir;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void ready(void) {
    pthread_once(&once, initialise);
}

static int ends_with(const char *text, const char *end) {
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

/* Whether the file at a path is guarded; if so, its absolute path and that of its shadow. */
static int locate(const char *path, char *full, char *shadow) {
    ready();
    if (!guard_dir || !path) return 0;
    if (*path == '/') {
        if (snprintf(full, PATH_BYTES, "%s", path) >= PATH_BYTES) return 0;
    } else {
        char here[PATH_BYTES / 2];
        while (strncmp(path, "./", 2) == 0) path += 2;
        if (!getcwd(here, sizeof here)) return 0;
        if (snprintf(full, PATH_BYTES, "%s/%s", here, path) >= PATH_BYTES) return 0;
    }
    size_t length = strlen(guard_dir);
    if (strncmp(full, guard_dir, length) != 0 || full[length] != '/' || !full[length + 1]) return 0;
    if (ends_with(full, "-shm") || ends_with(full, ".lock")) return 0;
    int used = snprintf(shadow, PATH_BYTES, "%s/", shadow_dir);
    for (const char *at = full + length + 1; *at && used < PATH_BYTES - 2; at++) {
        /* A slash becomes `%`, so that the shadow directory is flat. */
        shadow[used++] = *at == '/' ? '%' : *at;
    }
    shadow[used] = 0;
    return 1;
}

static int is_regular(const char *path) {
    struct stat found;
    return real_stat(path, &found) == 0 && S_ISREG(found.st_mode);
}

static int exists(const char *path) {
    struct stat found;
    return real_stat(path, &found) == 0;
}

static void copy(const char *from, const char *to, mode_t mode) {
    int in = real_open(from, O_RDONLY | O_CLOEXEC);
    int out = real_open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (in < 0 || out < 0) die(to);
    char buffer[65536];
    ssize_t got;
    while ((got = read(in, buffer, sizeof buffer)) > 0)
        if (real_write(out, buffer, (size_t)got) != got) die(to);
    real_close(in);
    real_close(out);
}

/* The entry of a guarded file, made where it is missing. The lock is held. */
static int entry(const char *full, const char *shadow) {
    struct stat found;
    if (real_stat(shadow, &found) != 0) die(shadow);
    for (int i = 0; i < files_count; i++)
        if (!files[i].removed && files[i].shadow_inode == found.st_ino
            && strcmp(files[i].path, full) == 0)
            return i;
    if (files_count == FILES_MAX) die("too many guarded files");
    struct guarded *file = &files[files_count];
    memset(file, 0, sizeof *file);
    snprintf(file->path, PATH_BYTES, "%s", full);
    snprintf(file->shadow, PATH_BYTES, "%s", shadow);
    file->shadow_inode = found.st_ino;
    file->real_fd = real_open(full, O_RDWR | O_CLOEXEC);
    file->shadow_fd = real_open(shadow, O_RDWR | O_CLOEXEC);
    if (file->real_fd < 0 || file->shadow_fd < 0) die(full);
    file->cut = -1;
    file->first = SIZE_MAX;
    return files_count++;
}

static void mark(struct guarded *file, off_t from, size_t length) {
    if (length == 0 || from < 0) return;
    size_t first = (size_t)from / BLOCK, last = ((size_t)from + length - 1) / BLOCK;
    if (last / 8 >= file->dirty_bytes) {
        size_t bytes = (last / 8 + 1) * 2;
        unsigned char *grown = realloc(file->dirty, bytes);
        if (!grown) die("memory");
        memset(grown + file->dirty_bytes, 0, bytes - file->dirty_bytes);
        file->dirty = grown;
        file->dirty_bytes = bytes;
    }
    for (size_t block = first; block <= last; block++)
        file->dirty[block / 8] |= (unsigned char)(1u << (block % 8));
    if (file->first == SIZE_MAX || first < file->first) file->first = first;
    if (last > file->last) file->last = last;
}

static void cut(struct guarded *file, off_t length) {
    if (file->cut < 0 || length < file->cut) file->cut = length;
    /* The rest of the last block reads as zeroes if the file grows again. */
    if (length % BLOCK) mark(file, length, 1);
}

/* Gives the real file what was written. The lock is held. */
static void settle(struct guarded *file) {
    struct stat found;
    if (fstat(file->shadow_fd, &found) != 0) die(file->shadow);
    if (file->cut >= 0 && real_ftruncate(file->real_fd, file->cut) != 0) die(file->path);
    char buffer[BLOCK];
    for (size_t block = file->first; block != SIZE_MAX && block <= file->last; block++) {
        if (!(file->dirty[block / 8] & (1u << (block % 8)))) continue;
        file->dirty[block / 8] &= (unsigned char)~(1u << (block % 8));
        off_t at = (off_t)block * BLOCK;
        ssize_t got = pread(file->shadow_fd, buffer, BLOCK, at);
        if (got < 0) die(file->shadow);
        if (got > 0 && real_pwrite(file->real_fd, buffer, (size_t)got, at) != got) die(file->path);
    }
    if (real_ftruncate(file->real_fd, found.st_size) != 0) die(file->path);
    file->first = SIZE_MAX;
    file->last = 0;
    file->cut = -1;
}

static struct guarded *guarded_of(int fd) {
    if (fd < 0 || fd >= FDS_MAX || !of_fd[fd]) return NULL;
    return &files[of_fd[fd] - 1];
}

static int open_guarded(const char *full, const char *shadow, int flags, mode_t mode) {
    pthread_mutex_lock(&lock);
    int was = exists(full);
    if (was && !is_regular(full)) {
        pthread_mutex_unlock(&lock);
        return real_open(full, flags, mode);
    }
    /* The real file is made, or refused, as the program asked. */
    int fd = real_open(full, (flags & ~(O_TRUNC | O_APPEND)) | O_CLOEXEC, mode);
    if (fd < 0) {
        int error = errno;
        pthread_mutex_unlock(&lock);
        errno = error;
        return -1;
    }
    real_close(fd);
    if (!exists(shadow)) copy(full, shadow, 0600);
    int index = entry(full, shadow);
    fd = real_open(shadow, flags & ~(O_CREAT | O_EXCL), mode);
    if (fd >= 0) {
        if (fd >= FDS_MAX) die("too many descriptors");
        of_fd[fd] = (short)(index + 1);
        if (flags & O_TRUNC) cut(&files[index], 0);
    }
    int error = errno;
    pthread_mutex_unlock(&lock);
    errno = error;
    return fd;
}

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
