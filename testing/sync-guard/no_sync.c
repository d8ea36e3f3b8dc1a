/*
 * no_sync: a preloaded library under which no sync happens, though each is said to be done. Before
 * sync_guard in LD_PRELOAD it shows that the test of syncs can fail.
 *
 * Licence: Apache-2.0 OR MIT, as the rest of this project.
 */
int fsync(int fd) {
    (void)fd;
    return 0;
}

int fdatasync(int fd) {
    (void)fd;
    return 0;
}
