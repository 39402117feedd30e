/* SPDX-License-Identifier: MIT */
/* Lists through their own elements, which have `next` and `link` (the pointer
 * that leads to them): one is taken off without a search. */
#ifndef TRAINCTL_COMMON_LIST_H
#define TRAINCTL_COMMON_LIST_H

/* Puts element n in front of the list that the pointer `first` begins. */
#define LIST_ADD(first, n)                                                     \
	do {                                                                   \
		(n)->next = (first);                                           \
		(n)->link = &(first);                                          \
		if ((n)->next)                                                 \
			(n)->next->link = &(n)->next;                          \
		(first) = (n);                                                 \
	} while (0)

/* Takes it off the list it is on. */
#define LIST_DEL(n)                                                            \
	do {                                                                   \
		if ((n)->next)                                                 \
			(n)->next->link = (n)->link;                           \
		*(n)->link = (n)->next;                                        \
	} while (0)

#endif
