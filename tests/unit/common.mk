# SPDX-License-Identifier: MIT
# Unit programs for common/, one a module.
