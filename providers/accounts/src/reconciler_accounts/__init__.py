"""The accounts of the AI Gurus LMS as a provider, on PostgreSQL, with hand-over of passwords and a sandbox."""
