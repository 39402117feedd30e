# SPDX-License-Identifier: MIT
# What stands in for Google: train-emulator.
