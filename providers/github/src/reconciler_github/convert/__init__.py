"""Between the payloads of GitHub and the shape of the YAML. Pure."""
