/* SPDX-License-Identifier: MIT */
/* Writing the JSON text of a discovery document a piece at a time. */
#ifndef TRAINCTL_EMULATOR_DISCOVERY_DOC_H
#define TRAINCTL_EMULATOR_DISCOVERY_DOC_H

#include "common/buf.h"

/* Each adds a member of an object or, with key NULL, an element of an array,
 * and sees to the comma before it. A text of NULL is left out. */
void doc_open(struct buf *b, const char *key, char bracket);
void doc_text(struct buf *b, const char *key, const char *text);
void doc_true(struct buf *b, const char *key);
void doc_close(struct buf *b, char bracket);

#endif
