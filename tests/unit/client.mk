# SPDX-License-Identifier: MIT
# Unit programs for client/, one a module.
