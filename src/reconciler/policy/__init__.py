"""Policies: rules over what production would be, evaluated on a plan. Pure; `reconciler.load.policies` reads them."""
