"""Simulators of every provider that ships one, run together: what a provider's sandbox imports to take part."""

from reconciler.sandbox.edits import HandEdit as HandEdit
from reconciler.sandbox.edits import HandEdits as HandEdits
