/* SPDX-License-Identifier: MIT */
/* The two faces of train-emulator: the server, and the `ctl` client. */
#ifndef TRAINCTL_EMULATOR_EMULATOR_H
#define TRAINCTL_EMULATOR_EMULATOR_H

/* `train-emulator ctl ...`: argv[0] is "ctl". Returns the exit status. */
int ctl_main(int argc, char **argv);

#endif
