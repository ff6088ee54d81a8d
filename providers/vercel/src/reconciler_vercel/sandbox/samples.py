"""What a user of Vercel writes, and changes it to: for the contract suite and for simulations."""

from __future__ import annotations

from reconciler.testing import Sample

OF_A_PROJECT = (
    Sample(
        "env/LOG_LEVEL",
        {"target": ["production"], "value": "info", "comment": "who reads it: src/lib/logger.ts"},
        {"target": ["production", "preview"], "value": "debug", "comment": ""},
    ),
    Sample(
        "env/NEXTAUTH_SECRET",
        {"target": ["production"], "type": "sensitive", "value": {"secret": "NEXTAUTH_SECRET"}},
        {"target": ["production", "preview"], "type": "sensitive", "value": {"secret": "NEXTAUTH_SECRET_2"}},
    ),
    Sample(
        "env/DATABASE_URL",
        {"target": ["production", "preview"], "type": "encrypted", "value": {"secret": "DATABASE_URL"}},
        {"target": ["production"], "type": "plain", "value": {"secret": "DATABASE_URL_2"}, "comment": "moved"},
    ),
    Sample(
        "env/DATABASE_URL-branch",
        {"key": "DATABASE_URL", "target": ["preview"], "gitBranch": "next", "value": {"secret": "BRANCH_URL"}},
        {"key": "DATABASE_URL", "target": ["preview"], "gitBranch": "beta", "value": {"secret": "BRANCH_URL"}},
    ),
    Sample(
        "headers/security",
        {
            "source": "/(.*)",
            "headers": {
                "x-frame-options": "SAMEORIGIN",
                "Link": ["</a.css>; rel=preload", "</b.css>; rel=preload"],
                "Content-Security-Policy": {"default-src": ["'self'"], "upgrade-insecure-requests": []},
            },
        },
        {
            "source": "/app/(.*)",
            "description": "for the application",
            "enabled": False,
            "headers": {
                "X-Frame-Options": "DENY",
                "Link": "</a.css>; rel=preload",
                "Content-Security-Policy": "img-src data: 'self'; default-src 'self'",
            },
        },
    ),
    Sample("domains/example.com", {}),
    Sample(
        "domains/www",
        {"name": "WWW.example.com", "redirect": "example.com", "redirectStatusCode": 308},
        {"name": "www.example.com", "redirect": None, "redirectStatusCode": None, "gitBranch": "beta"},
    ),
)

OF_A_TEAM = (
    Sample(
        "hosting/lms",
        {
            "framework": "nextjs",
            "buildCommand": "npm run build",
            "outputDirectory": ".next",
            "nodeVersion": "20.x",
            "resourceConfig": {"functionDefaultRegions": ["iad1"], "functionDefaultTimeout": "1m"},
            "ssoProtection": {"deploymentType": "preview"},
            "passwordProtection": {"deploymentType": "all", "password": {"secret": "SITE_PASSWORD"}},
            "optionsAllowlist": {"paths": [{"value": "/api"}]},
            "webAnalytics": True,
            "redeploy": "auto",
        },
        {
            "framework": None,
            "buildCommand": None,
            "outputDirectory": "out",
            "nodeVersion": "22.x",
            "resourceConfig": {"functionDefaultRegions": ["fra1", "cdg1"], "functionDefaultTimeout": 300},
            "ssoProtection": None,
            "passwordProtection": {"deploymentType": "preview", "password": {"secret": "SITE_PASSWORD_2"}},
            "trustedIps": {
                "deploymentType": "production",
                "protectionMode": "additional",
                "addresses": [{"value": "192.0.2.0/24", "note": "office"}, {"value": "192.0.2.7"}],
            },
            "optionsAllowlist": None,
            "webAnalytics": False,
            "speedInsights": True,
            "redeploy": "auto",
        },
    ),
)
