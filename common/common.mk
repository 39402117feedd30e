# SPDX-License-Identifier: MIT
# libcommon.a: knows bytes, time and HTTP; no word of any cloud service.

noinst_LIBRARIES += libcommon.a
libcommon_a_SOURCES = \
	common/args.c common/args.h \
	common/b64.c common/b64.h \
	common/buf.c common/buf.h \
	common/child.c common/child.h common/child_int.h \
	common/clock.c common/clock.h \
	common/cron.c common/cron.h \
	common/err.c common/err.h \
	common/fetch.c common/fetch.h \
	common/framing.c common/framing.h \
	common/groc.c common/groc.h common/groc_ticks.c \
	common/hash.c common/hash.h \
	common/heap.c common/heap.h common/hex.h \
	common/httpd.c common/httpd.h \
	common/jsn.c common/jsn.h common/jsn_compact.c \
	common/jsn_pretty.c \
	common/jsn_quick.c common/jsn_quick.h \
	common/jwt.c common/jwt.h \
	common/keeper.c \
	common/list.h common/listen.c common/listen.h \
	common/log.c common/log.h \
	common/loop.c common/loop.h \
	common/mem.c common/mem.h \
	common/peer.c common/peer.h \
	common/rng.c common/rng.h \
	common/route.c common/route.h \
	common/rsa.c common/rsa.h \
	common/rsa_verify.c common/rsa_verify.h \
	common/schedule.c common/schedule.h \
	common/spoil.c common/spoil.h \
	common/std.c common/std.h \
	common/wall.c common/wall.h \
	common/when.c common/when.h \
	common/zone.c common/zone.h
libcommon_a_CFLAGS = $(AM_CFLAGS) $(MHD_CFLAGS) $(CURL_CFLAGS) \
	$(GNUTLS_CFLAGS) $(GLIB_CFLAGS)

COMMON_LIBS = libcommon.a $(MHD_LIBS) $(CURL_LIBS) $(JANSSON_LIBS) \
	$(GNUTLS_LIBS) $(GLIB_LIBS)
