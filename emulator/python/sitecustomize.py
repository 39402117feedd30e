# SPDX-License-Identifier: MIT
"""Sends programs that use Google's Python client to an emulator, unchanged:
put this folder on PYTHONPATH and name the emulator (host:port) in
TRAIN_EMULATOR_HOST. Python runs a module of this name at its start."""
import importlib.abc
import importlib.machinery
import os
import sys

MODULE = 'googleapiclient.discovery'
DOCUMENTS = '/discovery/v1/apis/{api}/{apiVersion}/rest'


def wrap(module, host):
    google_build = module.build

    def build(*args, **kwargs):
        kwargs.setdefault('discoveryServiceUrl', 'http://' + host + DOCUMENTS)
        kwargs.setdefault('cache_discovery', False)
        return google_build(*args, **kwargs)

    module.build = build


class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name != MODULE:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None:
            return None
        load = spec.loader.exec_module

        def exec_module(module):
            load(module)
            wrap(module, os.environ['TRAIN_EMULATOR_HOST'])

        spec.loader.exec_module = exec_module
        return spec


if 'TRAIN_EMULATOR_HOST' in os.environ:
    sys.meta_path.insert(0, Finder())
