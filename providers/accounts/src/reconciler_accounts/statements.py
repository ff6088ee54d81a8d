"""Every SQL statement this provider sends. The stored hash is compared and rewritten in place, never selected.

camelCase columns exist in double quotes only. Everything is qualified, so no search_path can redirect it.
"""

from __future__ import annotations

from typing import Final

# bcryptjs answers "no match" for a stored value that is not 60 characters long, so `'!' || password` locks reversibly.
_USABLE: Final = "(length(u.password) = 60 AND left(u.password, 1) = '$')"

FACTS: Final = """
SELECT u.id, u.email, u.name, u.surname, u.role::text AS role, u.company, u.position,
       u."createdAt" AS created_at, u."updatedAt" AS updated_at, u."deletedAt" AS deleted_at,
       USABLE AS usable,
       ARRAY(SELECT e."courseId" FROM public.enrollments e WHERE e."userId" = u.id ORDER BY 1) AS courses
FROM public.users u""".replace("USABLE", _USABLE)  # nosec B608  # both are constants above

ALL: Final = FACTS + ' ORDER BY u.email COLLATE "C", u.id'
LOCK_ONE: Final = FACTS + " WHERE u.id = %(id)s FOR UPDATE OF u"
LOCK_LIKE: Final = FACTS + " WHERE lower(u.email) = lower(%(email)s) ORDER BY u.id FOR UPDATE OF u"
ONE: Final = FACTS + " WHERE u.id = %(id)s"

COURSES: Final = 'SELECT id, code, "deletedAt" IS NOT NULL AS deleted FROM public.courses ORDER BY code COLLATE "C"'
COURSES_LOCKED: Final = """
SELECT id, code, "deletedAt" IS NOT NULL AS deleted FROM public.courses WHERE id = ANY(%(ids)s) ORDER BY id"""

# One number for all runs against one database: the first 8 bytes of sha256("reconciler accounts"), signed.
SERIALISE: Final = "SELECT pg_advisory_xact_lock(3176736006252420181)"

OTHER_ADMINS: Final = """
SELECT u.id FROM public.users u
WHERE u.role = 'ADMIN'::public."UserRole" AND u."deletedAt" IS NULL AND USABLE AND u.id <> %(id)s
ORDER BY u.id FOR UPDATE OF u""".replace("USABLE", _USABLE)  # nosec B608  # both are constants above

INSERT: Final = """
INSERT INTO public.users (id, email, name, surname, password, "cellNumber", company, position, "workAddress", role,
                          "createdAt", "updatedAt", "deletedAt")
VALUES (%(id)s, %(email)s, %(name)s, %(surname)s, '!' || %(hash)s::text, '', %(company)s, %(position)s, '',
        %(role)s::public."UserRole", %(now)s, %(now)s, %(deleted_at)s)"""

ENROL: Final = """
INSERT INTO public.enrollments (id, "userId", "courseId", "enrolledAt")
VALUES (%(id)s, %(user)s, %(course)s, %(now)s)"""
LEAVE: Final = 'DELETE FROM public.enrollments WHERE "userId" = %(user)s AND "courseId" = ANY(%(courses)s)'

# Soft delete and its reverse leave "updatedAt" alone, as the application does.
DISABLE: Final = """
UPDATE public.users u SET "deletedAt" = COALESCE(u."deletedAt", %(now)s),
       password = CASE WHEN USABLE THEN '!' || u.password ELSE u.password END
WHERE u.id = %(id)s""".replace("USABLE", _USABLE)  # nosec B608  # both are constants above
RESTORE: Final = 'UPDATE public.users SET "deletedAt" = NULL WHERE id = %(id)s'
# What leaves its lock gets its new password first, and comes back with the same statement that makes it work: a run
# that ends between the two leaves the account as much out of service as it was.
RELOCK: Final = "UPDATE public.users SET password = '!' || %(hash)s::text WHERE id = %(id)s"
UNLOCK: Final = """
UPDATE public.users SET password = %(hash)s, "deletedAt" = NULL
WHERE id = %(id)s AND "deletedAt" IS NOT DISTINCT FROM %(deleted_at)s::timestamp
  AND password = '!' || %(hash)s::text"""

DATABASE: Final = "SELECT current_database() AS database"
COLUMNS: Final = """
SELECT c.relname AS "table", a.attname AS "column", t.typname AS type, a.attnotnull AS required,
       (a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> '') AS filled
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
WHERE n.nspname = 'public' AND c.relname IN ('users', 'courses', 'enrollments') AND c.relkind IN ('r', 'p')
  AND a.attnum > 0 AND NOT a.attisdropped"""
ROLES: Final = """
SELECT e.enumlabel AS label FROM pg_catalog.pg_enum e
JOIN pg_catalog.pg_type t ON t.oid = e.enumtypid
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE n.nspname = 'public' AND t.typname = 'UserRole'"""
UNIQUE: Final = """
SELECT c.relname AS name FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_class r ON r.oid = i.indrelid
JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
WHERE n.nspname = 'public' AND i.indisunique AND i.indpred IS NULL AND i.indnkeyatts = 1 AND r.relname = 'users'
  AND (SELECT a.attname FROM pg_catalog.pg_attribute a WHERE a.attrelid = r.oid AND a.attnum = i.indkey[0]) = 'email'"""
MISSING_PRIVILEGES: Final = """
SELECT w.privilege || ' on ' || w.name AS missing
FROM (VALUES ('users', 'SELECT', false), ('courses', 'SELECT', false), ('enrollments', 'SELECT', false),
             ('users', 'INSERT', true), ('users', 'UPDATE', true),
             ('enrollments', 'INSERT', true), ('enrollments', 'DELETE', true)) AS w(name, privilege, writing)
WHERE (%(writing)s OR NOT w.writing)
  AND NOT CASE w.privilege WHEN 'DELETE' THEN pg_catalog.has_table_privilege('public.' || w.name, w.privilege)
                           ELSE pg_catalog.has_any_column_privilege('public.' || w.name, w.privilege) END"""
