/*
 * The guarded files of sync_guard, their shadow copies, and what is not synced yet. It is a part of
 * sync_guard.c, which has the calls that are caught, and of nothing else.
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

static void mark(struct guarded *file, off_t from, size_t length);

/*
 * The entry of a guarded file, made where it is missing. What another process has left in the
 * shadow copy may be synced by nobody yet, and is so by the next sync. The lock is held.
 */
static int entry(const char *full, const char *shadow, int is_left) {
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
    if (is_left) mark(file, 0, (size_t)found.st_size);
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
    int is_left = exists(shadow);
    if (!is_left) copy(full, shadow, 0600);
    int index = entry(full, shadow, is_left);
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
