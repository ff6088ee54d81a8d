"""Between the payloads of Sentry and the shape of the YAML. Pure."""
