-- The tables of the LMS that an account touches: users, courses, enrollments, and whatever holds a key to a user,
-- with what those need in turn. Same names, types, nullability, defaults, indexes and key actions as production has.
-- PostgreSQL 14 or newer. Uniqueness is by index, never by constraint; ids and "updatedAt" have no default.

CREATE TYPE "UserRole" AS ENUM ('STUDENT', 'INSTRUCTOR', 'ADMIN');

CREATE TABLE users (
    id text NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    surname text NOT NULL,
    password text NOT NULL,
    "cellNumber" text NOT NULL,
    company text NOT NULL,
    position text NOT NULL,
    "workAddress" text NOT NULL,
    role "UserRole" NOT NULL DEFAULT 'STUDENT',
    "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" timestamp(3) NOT NULL,
    "deletedAt" timestamp(3)
);
CREATE TABLE courses (
    id text NOT NULL,
    title text NOT NULL,
    description text,
    code text NOT NULL,
    semester text NOT NULL,
    year integer NOT NULL,
    "isActive" boolean NOT NULL DEFAULT true,
    "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" timestamp(3) NOT NULL,
    "instructorId" text NOT NULL,
    "deletedAt" timestamp(3),
    "learningObjectives" text[],
    prerequisites text,
    "targetAudience" text
);
CREATE TABLE enrollments (
    id text NOT NULL,
    "enrolledAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "userId" text NOT NULL,
    "courseId" text NOT NULL
);
CREATE TABLE modules (
    id text NOT NULL,
    title text NOT NULL,
    description text,
    "orderIndex" integer NOT NULL,
    "isPublished" boolean NOT NULL DEFAULT false,
    "requiresPrevious" boolean NOT NULL DEFAULT true,
    "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" timestamp(3) NOT NULL,
    "deletedAt" timestamp(3),
    "courseId" text NOT NULL
);
CREATE TABLE assignments (
    id text NOT NULL,
    title text NOT NULL,
    description text,
    "dueDate" timestamp(3),
    "maxPoints" integer NOT NULL DEFAULT 100,
    "isPublished" boolean NOT NULL DEFAULT false,
    "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" timestamp(3) NOT NULL,
    "courseId" text NOT NULL,
    "createdById" text NOT NULL,
    "deletedAt" timestamp(3),
    "moduleId" text
);
CREATE TABLE submissions (
    id text NOT NULL,
    content text,
    "fileUrl" text,
    "submittedAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "assignmentId" text NOT NULL,
    "studentId" text NOT NULL,
    "s3Key" text
);
CREATE TABLE grades (
    id text NOT NULL,
    points double precision NOT NULL,
    feedback text,
    "gradedAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "assignmentId" text NOT NULL,
    "studentId" text NOT NULL,
    "gradedById" text NOT NULL,
    "deletedAt" timestamp(3)
);
CREATE TABLE discussions (
    id text NOT NULL,
    title text NOT NULL,
    description text,
    "isPinned" boolean NOT NULL DEFAULT false,
    "isLocked" boolean NOT NULL DEFAULT false,
    "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "courseId" text NOT NULL,
    "createdBy" text NOT NULL,
    "deletedAt" timestamp(3),
    "moduleId" text
);
CREATE TABLE discussion_posts (
    id text NOT NULL,
    content text NOT NULL,
    "parentId" text,
    "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" timestamp(3) NOT NULL,
    "discussionId" text NOT NULL,
    "authorId" text NOT NULL
);
CREATE TABLE announcements (
    id text NOT NULL,
    title text NOT NULL,
    content text NOT NULL,
    "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "courseId" text NOT NULL,
    "authorId" text NOT NULL,
    "deletedAt" timestamp(3)
);
CREATE TABLE feedback_templates (
    id text NOT NULL,
    name text NOT NULL,
    category text NOT NULL,
    template text NOT NULL,
    "instructorId" text NOT NULL,
    "isShared" boolean NOT NULL DEFAULT false,
    "usageCount" integer NOT NULL DEFAULT 0,
    "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" timestamp(3) NOT NULL
);
CREATE TABLE module_progress (
    id text NOT NULL,
    "completedAt" timestamp(3),
    "contentViewed" text[],
    "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" timestamp(3) NOT NULL,
    "moduleId" text NOT NULL,
    "userId" text NOT NULL,
    "deletedAt" timestamp(3)
);

-- Every table has `id` as its primary key, named as PostgreSQL names it.
DO $$
DECLARE one text;
BEGIN
    FOREACH one IN ARRAY ARRAY['users', 'courses', 'enrollments', 'modules', 'assignments', 'submissions', 'grades',
                               'discussions', 'discussion_posts', 'announcements', 'feedback_templates',
                               'module_progress'] LOOP
        EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I PRIMARY KEY (id)', one, one || '_pkey');
    END LOOP;
    FOREACH one IN ARRAY ARRAY['users', 'courses', 'modules', 'assignments', 'grades', 'discussions',
                               'announcements', 'module_progress'] LOOP
        EXECUTE format('CREATE INDEX %I ON %I ("deletedAt")', one || '_deletedAt_idx', one);
    END LOOP;
END $$;

CREATE UNIQUE INDEX users_email_key ON users (email);
CREATE UNIQUE INDEX courses_code_key ON courses (code);
CREATE UNIQUE INDEX "enrollments_userId_courseId_key" ON enrollments ("userId", "courseId");
CREATE UNIQUE INDEX "submissions_assignmentId_studentId_key" ON submissions ("assignmentId", "studentId");
CREATE UNIQUE INDEX "grades_assignmentId_studentId_key" ON grades ("assignmentId", "studentId");
CREATE UNIQUE INDEX "module_progress_moduleId_userId_key" ON module_progress ("moduleId", "userId");
CREATE INDEX "modules_courseId_idx" ON modules ("courseId");
CREATE INDEX "assignments_moduleId_idx" ON assignments ("moduleId");
CREATE INDEX "discussions_moduleId_idx" ON discussions ("moduleId");
CREATE INDEX "feedback_templates_instructorId_idx" ON feedback_templates ("instructorId");
CREATE INDEX feedback_templates_category_idx ON feedback_templates (category);
CREATE INDEX "module_progress_userId_idx" ON module_progress ("userId");
CREATE INDEX "module_progress_moduleId_idx" ON module_progress ("moduleId");

-- The foreign keys: table, column, what it points at, what a delete there does. All follow an update.
DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT * FROM (VALUES
        ('courses', 'instructorId', 'users', 'RESTRICT'),
        ('enrollments', 'userId', 'users', 'RESTRICT'),
        ('enrollments', 'courseId', 'courses', 'CASCADE'),
        ('modules', 'courseId', 'courses', 'CASCADE'),
        ('assignments', 'courseId', 'courses', 'CASCADE'),
        ('assignments', 'createdById', 'users', 'RESTRICT'),
        ('assignments', 'moduleId', 'modules', 'SET NULL'),
        ('submissions', 'assignmentId', 'assignments', 'CASCADE'),
        ('submissions', 'studentId', 'users', 'RESTRICT'),
        ('grades', 'assignmentId', 'assignments', 'CASCADE'),
        ('grades', 'studentId', 'users', 'RESTRICT'),
        ('grades', 'gradedById', 'users', 'RESTRICT'),
        ('discussions', 'courseId', 'courses', 'CASCADE'),
        ('discussions', 'createdBy', 'users', 'RESTRICT'),
        ('discussions', 'moduleId', 'modules', 'SET NULL'),
        ('discussion_posts', 'parentId', 'discussion_posts', 'SET NULL'),
        ('discussion_posts', 'discussionId', 'discussions', 'CASCADE'),
        ('discussion_posts', 'authorId', 'users', 'RESTRICT'),
        ('announcements', 'courseId', 'courses', 'CASCADE'),
        ('announcements', 'authorId', 'users', 'RESTRICT'),
        ('feedback_templates', 'instructorId', 'users', 'CASCADE'),
        ('module_progress', 'moduleId', 'modules', 'CASCADE'),
        ('module_progress', 'userId', 'users', 'CASCADE')
    ) AS key(holder, col, target, action) LOOP
        EXECUTE format(
            'ALTER TABLE %I ADD CONSTRAINT %I FOREIGN KEY (%I) REFERENCES %I (id) ON UPDATE CASCADE ON DELETE %s',
            one.holder, one.holder || '_' || one.col || '_fkey', one.col, one.target, one.action);
    END LOOP;
END $$;
