"""Between the payloads of Vercel and the shape of the YAML. Pure."""
