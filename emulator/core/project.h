/* SPDX-License-Identifier: MIT */
/* The number that Google gives a project beside its id. Pure. */
#ifndef TRAINCTL_EMULATOR_PROJECT_H
#define TRAINCTL_EMULATOR_PROJECT_H

#define PROJECT_NUMBER_MAX 24

/* Twelve digits, the same for the same id always; of a number itself. */
void project_number(const char *project, char ret[static PROJECT_NUMBER_MAX]);

#endif
