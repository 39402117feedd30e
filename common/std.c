/* SPDX-License-Identifier: MIT */
#include "common/std.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* Opened the wrong way round, so that reading and writing give EBADF still. The
 * lowest free descriptor is the one that is looked at. */
void std_init(void) {
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null",
				fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* A write that fails drops what it was to write: the flush after it may have
 * nothing left to fail with, and errno is of something else. */
int std_flush(struct err *e) {
	if (fflush(stdout) != 0)
		return err_errno(e, "standard output");
	return ferror(stdout) ? err_set(e, ERR_IO,
					"standard output: an earlier write "
					"failed")
			      : 0;
}
