"""From files under `desired/` to a `Project`. Every value knows where it stands; all problems come at once."""
