"""Better Stack Uptime as a provider: monitors, heartbeats, escalation policies, status pages, and a simulator."""
