"""What a user of Better Stack writes, and changes it to: for the contract suite and for simulations."""

from __future__ import annotations

from reconciler.testing import Sample

SAMPLES = (
    Sample(
        "urgencies/loud",
        {"name": "Loud", "call": True, "sms": True},
        {"name": "Loud", "call": False, "sms": True, "critical_alert": True},
    ),
    Sample(
        "escalations/critical",
        {
            "repeat_count": 2,
            "repeat_delay": "5m",
            "policy_group": "Products",
            "steps": [
                {
                    "type": "escalation",
                    "urgency": "loud",
                    "step_members": [
                        {"type": "current_on_call"},
                        {"type": "slack_integration", "slack_channel": "alerts-prod"},
                        {"type": "user", "email": "ops@example.com"},
                    ],
                },
                {"type": "instructions", "wait_before": "3m", "instructions_comment": "Read the runbook"},
            ],
        },
        {
            "repeat_count": 0,
            "repeat_delay": "5m",
            "policy_group": None,
            "steps": [
                {
                    "type": "time_branching",
                    "timezone": "Berlin",
                    "days": ["mon", "sun"],
                    "time_from": "09:00",
                    "time_to": "17:30",
                    "policy": "quiet",
                },
                {
                    "type": "metadata_branching",
                    "metadata_key": "severity",
                    "metadata_values": [{"value": "P0"}, {"type": "no_value"}],
                    "policy_metadata_key": "escalation",
                },
                {
                    "type": "escalation",
                    "wait_until_time": "08:00",
                    "wait_until_timezone": "UTC",
                    "urgency": "loud",
                    "step_members": [
                        {"type": "slack_integration", "slack_channel": "#other"},
                        {"type": "policy", "policy": "quiet"},
                    ],
                },
            ],
        },
    ),
    Sample("escalations/quiet", {"steps": []}, {"steps": [], "repeat_count": 1}),
    Sample("monitor_groups/shop", {"sort_index": 3}, {"sort_index": None}),
    Sample("heartbeat_groups/jobs", {"name": "Jobs"}, {"name": "Jobs", "sort_index": 1}),
    Sample(
        "monitors/homepage",
        {
            "monitor_type": "keyword",
            "url": "https://shop.example.com/",
            "required_keyword": "Welcome",
            "check_frequency": "3m",
            "failures_before_incident": 2,
            "request_timeout": "10s",
            "regions": ["us", "eu", "as"],
            "ssl_expiration": "14d",
            "policy": "critical",
            "expiration_policy": "quiet",
            "monitor_group": "shop",
            "http_method": "POST",
            "request_body": "hello",
            "request_headers": [
                {"name": "Authorization", "value": {"secret": "HEADER_TOKEN"}},
                {"name": "X-Old", "value": {"secret": "HEADER_OLD"}},
            ],
            "auth_username": {"secret": "MONITOR_USER"},
            "auth_password": {"secret": "MONITOR_PASSWORD"},
            "proxy_host": {"secret": "PROXY"},
            "proxy_port": 3128,
            "maintenance_from": "01:00:00",
            "maintenance_to": "02:00:00",
            "maintenance_days": ["mon", "sun"],
            "maintenance_timezone": "Pretoria",
        },
        {
            "monitor_type": "expected_status_code",
            "url": "https://shop.example.com/",
            "expected_status_codes": [200, 204],
            "check_frequency": 60,
            "confirmation_period": 0,
            "request_timeout": "10s",
            "regions": ["eu", "au"],
            "ssl_expiration": None,
            "policy": None,
            "expiration_policy": None,
            "monitor_group": None,
            "http_method": "GET",
            "request_body": None,
            "request_headers": [
                {"name": "authorization", "value": {"secret": "HEADER_TOKEN_2"}},
                {"name": "X-New", "value": {"secret": "HEADER_NEW"}},
            ],
            "auth_username": {"secret": "MONITOR_USER_2"},
            "auth_password": {"secret": "MONITOR_PASSWORD_2"},
            "proxy_host": {"secret": "PROXY"},
            "proxy_port": 3128,
            "paused": True,
            "maintenance_from": "01:00:00",
            "maintenance_to": "02:00:00",
            "maintenance_days": ["mon", "sun"],
            "maintenance_timezone": "UTC",
        },
        moves_along=frozenset({"call", "sms", "email", "push"}),
    ),
    Sample(
        "monitors/script",
        {
            "monitor_type": "playwright",
            "scenario_name": "Sign in",
            "playwright_script": "await page.goto('/')",
            "environment_variables": {"PASSWORD": {"secret": "SCRIPT_PASSWORD"}},
            "request_timeout": 120,
        },
    ),
    Sample(
        "heartbeats/nightly",
        {
            "period": "1d",
            "grace": 17280,
            "server_timezone": "Europe/Berlin",
            "heartbeat_group": "jobs",
            "email": False,
        },
        {
            "period": "12h",
            "grace": 600,
            "server_timezone": None,
            "heartbeat_group": None,
            "email": True,
            "paused": True,
        },
    ),
    Sample(
        "status_pages/status",
        {
            "subdomain": "shop",
            "company_name": "Shop",
            "company_url": "https://shop.example.com",
            "timezone": "UTC",
            "custom_domain": "status.example.com",
            "history": "1w",
            "password_enabled": True,
            "password": {"secret": "PAGE_PASSWORD"},
            "sections": [
                {
                    "name": "Shop",
                    "resources": [
                        {"public_name": "Home", "resource": "monitors/homepage", "widget_type": "response_times"},
                        {"public_name": "By hand", "resource_type": "ManuallyTrackedItem", "explanation": "Phone"},
                    ],
                },
                {"name": "Jobs", "resources": [{"public_name": "Night", "resource": "heartbeats/nightly"}]},
            ],
        },
        {
            "subdomain": "shop",
            "company_name": "Shop",
            "company_url": "https://shop.example.com",
            "timezone": "London",
            "custom_domain": None,
            "history": 90,
            "password_enabled": True,
            "password": {"secret": "PAGE_PASSWORD_2"},
            "sections": [
                {
                    "name": "Night",
                    "resources": [
                        {"public_name": "Night run", "resource": "heartbeats/nightly"},
                        {
                            "public_name": "Group",
                            "resource": "monitor_groups/shop",
                            "mark_as_down_for": "incident_matching_metadata",
                            "mark_as_down_metadata_rule": {"key": "severity", "values": [{"value": "P0"}]},
                        },
                    ],
                },
                {
                    "name": "Shop",
                    "resources": [
                        {"public_name": "By hand", "resource_type": "ManuallyTrackedItem"},
                        {"public_name": "Home", "resource": "monitors/homepage", "widget_type": "plain"},
                    ],
                },
            ],
        },
    ),
)
