"""Typed configuration: one YAML file, the environment, and secret files.

``load`` reports every problem at once, each with its file and line. Nothing here opens a
connection; secrets are read when they are used, so a rotated password needs no restart.
"""

from triage.config.load import find, load
from triage.config.model import Config
from triage.config.secret import read_secret

__all__ = ["Config", "find", "load", "read_secret"]
