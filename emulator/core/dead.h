/* SPDX-License-Identifier: MIT */
/* Dead letters: a message that failed too often goes to another topic, with
 * attributes that say where it comes from. Source: facts pubsub.md section 6.
 */
#ifndef TRAINCTL_EMULATOR_DEAD_H
#define TRAINCTL_EMULATOR_DEAD_H

#include "emulator/core/deliver.h"

/* Whether a delivery that has just failed was its last one: then its message
 * has been published to the dead letter topic. Where it cannot be, because
 * there is no such topic, deliveries go on. */
bool dead_letter(struct emu *em, const struct sub *s, const struct delivery *d);

#endif
