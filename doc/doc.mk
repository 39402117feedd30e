# SPDX-License-Identifier: MIT
# Manual pages, and the pages on the project itself.

dist_man_MANS += doc/trainctl.1 doc/train-emulator.8 doc/train-uniquifier.8
dist_doc_DATA = README.md NEWS COPYING \
	doc/architecture.md doc/differences.md doc/hacking.md \
	doc/reliability.md doc/security.md
