# SPDX-License-Identifier: MIT
# Unit programs for emulator/, one a module.
