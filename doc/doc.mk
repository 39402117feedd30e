# SPDX-License-Identifier: MIT

dist_man_MANS += doc/trainctl.1 doc/train-uniquifier.8
