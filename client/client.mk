# SPDX-License-Identifier: MIT
# What runs for us: libtrain.a, trainctl and train-uniquifier.
