"""JSON Schemas (draft 2020-12) generated from the models, and the verdict they give."""
