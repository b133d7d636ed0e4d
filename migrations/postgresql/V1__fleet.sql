-- The schema of a fleet, from top to bottom: who lives, what is to be done, what was done, then the views. One
-- schema of a database is one fleet; ${schema} is its name. docs/fleet.md says what is promised.
--
-- Ids are made by the clients (UUID version 7), because after a failover a sequence may give a number again. No
-- column compares a clock of a node with that of the database: leases are judged by the database's clock alone.
--
-- Each column that ends in xact has the transaction that wrote it. Transactions become visible in another order
-- than they begin, so a reader of "what is new" reads below pg_snapshot_xmin(pg_current_snapshot()): see the
-- view change_event.

-- The fleet, in one row. The epoch rises each time the database has changed its timeline: after a failover, claims
-- of the epoch before may have been lost.
CREATE TABLE ${schema}.fleet (
  id       uuid    PRIMARY KEY,
  epoch    bigint  NOT NULL CHECK (epoch > 0),
  timeline text    NOT NULL,
  one      boolean NOT NULL UNIQUE DEFAULT true CHECK (one)
);

-- Who lives --------------------------------------------------------------------------------------

-- One life of a node: a state directory of a machine, from its first owner to its end. It holds the lease. Its
-- processes raise beats; only a node whose beats stand still while others watch is presumed dead.
CREATE TABLE ${schema}.node (
  id          uuid        PRIMARY KEY,
  machine_id  text        NOT NULL,
  store_id    text        NOT NULL,
  boot_id     text        NOT NULL,
  host        text        NOT NULL,
  beats       bigint      NOT NULL DEFAULT 0,
  ttl         interval    NOT NULL,
  expires_at  timestamptz NOT NULL,
  opened_at   timestamptz NOT NULL DEFAULT now(),
  ended_at    timestamptz,
  end_reason  text CHECK (end_reason IN ('closed', 'rebooted', 'presumed', 'forced')),
  evidence    text,
  opened_xact xid8        NOT NULL DEFAULT pg_current_xact_id(),
  ended_xact  xid8,
  CHECK ((ended_at IS NULL) = (end_reason IS NULL) AND (ended_at IS NULL) = (ended_xact IS NULL))
);

CREATE UNIQUE INDEX node_open ON ${schema}.node (machine_id, store_id) WHERE ended_at IS NULL;  -- the life of a node
CREATE INDEX node_silent ON ${schema}.node (expires_at) WHERE ended_at IS NULL;  -- nodes whose lease has run out, or will soon

-- One manager of a process of a node. local_id is its number in the node's store, whose kernel lock tells for
-- certain whether it lives.
CREATE TABLE ${schema}.owner (
  id           uuid        PRIMARY KEY,
  node_id      uuid        NOT NULL REFERENCES ${schema}.node (id),
  local_id     bigint      NOT NULL,
  pid          bigint      NOT NULL,
  label        text        NOT NULL,
  opened_at    timestamptz NOT NULL DEFAULT now(),
  ended_at     timestamptz,
  end_reason   text CHECK (end_reason IN ('closed', 'shutdown', 'died', 'rebooted', 'presumed', 'forced')),
  ended_by     uuid,
  evidence     text,
  -- Of an owner that was presumed dead: when its death was proven, and how. Until then, what is cleaned up for it
  -- ends as unconfirmed: it may still be at work, and make again what was removed.
  confirmed_at timestamptz,
  confirmation text,
  -- The functions whose rows it is looking at before a claim, while that runs code of the user's; see the node's schema.
  looking_at   text[],
  left_orphans boolean     NOT NULL DEFAULT false,
  opened_xact  xid8        NOT NULL DEFAULT pg_current_xact_id(),
  ended_xact   xid8,
  CHECK ((ended_at IS NULL) = (end_reason IS NULL) AND (ended_at IS NULL) = (ended_xact IS NULL)),
  CHECK (ended_at IS NOT NULL OR NOT left_orphans),
  CHECK ((confirmed_at IS NULL) = (confirmation IS NULL) AND (confirmed_at IS NULL OR end_reason = 'presumed'))
);

CREATE INDEX owner_of_node ON ${schema}.owner (node_id);  -- the owners that end with a node
CREATE INDEX owner_left_orphans ON ${schema}.owner (ended_at) WHERE left_orphans;  -- ended owners that left unfinished functions
CREATE INDEX owner_unconfirmed ON ${schema}.owner (node_id) WHERE end_reason = 'presumed' AND confirmed_at IS NULL;

-- What is to be done -----------------------------------------------------------------------------

CREATE TABLE ${schema}.job (
  id        uuid        PRIMARY KEY,
  name      text        NOT NULL,
  opened_by uuid        NOT NULL,
  opened_at timestamptz NOT NULL,
  committed_at timestamptz,  -- when it said that it has succeeded
  closed_at timestamptz
);

-- One row for each, and each step of its life changes it once: registered, begun, ended. The attempt that is under
-- way, or that ended it, is in the row itself; attempts that failed move to the table attempt. A function is
-- unfinished while finished_at IS NULL.
CREATE TABLE ${schema}.deferred_function (
  id              uuid        PRIMARY KEY,
  job_id          uuid        NOT NULL,
  owner_id        uuid        NOT NULL,
  claim_no        bigint      NOT NULL DEFAULT 0 CHECK (claim_no >= 0),
  claim           bigint,     -- the number of the job's claim by which the owner got it; none if it registered it
  name            text        NOT NULL,
  function        text        NOT NULL,
  class_digest    text,
  origin          text        NOT NULL,
  arguments       text        NOT NULL,
  checksum        bigint,
  -- How it is to be run, where that differs from the settings; see the node's schema, as for the next two.
  options         text CHECK (length(options) <= 1000),
  runs_first      boolean     NOT NULL DEFAULT false,
  ran_early       boolean     NOT NULL DEFAULT false,
  state           text        NOT NULL DEFAULT 'deferred'
                  CHECK (state IN ('deferred', 'running', 'retry_wait', 'done', 'unconfirmed', 'cancelled', 'quarantined', 'discarded')),
  attempts        integer     NOT NULL DEFAULT 0 CHECK (attempts BETWEEN 0 AND max_attempts),
  max_attempts    integer     NOT NULL CHECK (max_attempts >= 1),
  not_before      timestamptz,
  last_error      text,
  registered_at   timestamptz NOT NULL DEFAULT now(),
  started_at      timestamptz,
  finished_at     timestamptz,
  output          text,
  -- The owner that was only presumed dead when this was claimed from it. What is done then ends as unconfirmed, and
  -- is done again when the death is proven.
  presumed_owner  uuid,
  registered_xact xid8        NOT NULL DEFAULT pg_current_xact_id(),
  finished_xact   xid8,
  CHECK ((state = 'retry_wait') = (not_before IS NOT NULL)),
  CHECK ((state IN ('running', 'done', 'unconfirmed')) = (started_at IS NOT NULL)),
  CHECK ((state IN ('deferred', 'running', 'retry_wait')) = (finished_at IS NULL)),
  CHECK ((finished_at IS NULL) = (finished_xact IS NULL)),
  CHECK (state <> 'unconfirmed' OR presumed_owner IS NOT NULL)
);

CREATE INDEX function_unfinished ON ${schema}.deferred_function (owner_id, job_id, id)
  WHERE finished_at IS NULL;  -- what is to be run or claimed, by owner and job
CREATE INDEX function_runs_first ON ${schema}.deferred_function (owner_id, job_id, id)
  WHERE runs_first AND finished_at IS NULL;  -- what runs before the others of a job
CREATE INDEX function_retry ON ${schema}.deferred_function (owner_id, not_before)
  WHERE state = 'retry_wait';  -- retries that are due, by owner
CREATE INDEX function_of_job ON ${schema}.deferred_function (job_id, id);  -- the newest of a job; whether it has one left
CREATE INDEX function_finished ON ${schema}.deferred_function (finished_xact)
  WHERE finished_xact IS NOT NULL;  -- what may be pruned, first to finish first; change_event
CREATE INDEX function_registered ON ${schema}.deferred_function (registered_xact);  -- change_event
CREATE INDEX function_quarantined ON ${schema}.deferred_function (id) WHERE state = 'quarantined';  -- what waits for a person
CREATE INDEX function_presumed ON ${schema}.deferred_function (presumed_owner)
  WHERE presumed_owner IS NOT NULL;  -- what waits for the proof of a death

-- What was done ----------------------------------------------------------------------------------

-- One row for each execution after which its function was not done; the view function_attempt shows all.
CREATE TABLE ${schema}.attempt (
  function_id uuid        NOT NULL REFERENCES ${schema}.deferred_function (id) ON DELETE CASCADE,
  number      integer     NOT NULL CHECK (number >= 1),
  owner_id    uuid        NOT NULL,
  started_at  timestamptz NOT NULL,
  finished_at timestamptz NOT NULL,
  outcome     text        NOT NULL CHECK (outcome IN ('threw', 'timed_out', 'undecodable', 'crashed', 'unresolvable', 'asked_again', 'returned')),
  error       text,
  quarantined boolean     NOT NULL,
  ended_xact  xid8        NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (function_id, number)
);

CREATE INDEX attempt_ended ON ${schema}.attempt (ended_xact);  -- change_event

-- One row for each change of owner of functions of one job, numbered under the lock of the job's row.
CREATE TABLE ${schema}.claim (
  job_id     uuid        NOT NULL REFERENCES ${schema}.job (id) ON DELETE CASCADE,
  number     bigint      NOT NULL,
  from_owner uuid        NOT NULL,
  to_owner   uuid        NOT NULL CHECK (to_owner <> from_owner),
  claimed_at timestamptz NOT NULL DEFAULT now(),
  epoch      bigint      NOT NULL,
  verdict    text        NOT NULL CHECK (verdict IN ('DEAD', 'PRESUMED', 'FORCED', 'RELEASED')),
  evidence   text        NOT NULL,
  rows       integer     NOT NULL CHECK (rows >= 1),
  xact       xid8        NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (job_id, number)
);

CREATE INDEX claim_xact ON ${schema}.claim (xact);  -- change_event

-- What some process could not call, and why. A row without a function is about all that call this code.
CREATE TABLE ${schema}.unresolvable_function (
  function     text        NOT NULL,
  class_digest text        NOT NULL,
  function_id  uuid        NOT NULL,  -- all zeros: all functions that call this code
  reason       text        NOT NULL,
  reported_by  uuid        NOT NULL,
  reported_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (function, class_digest, function_id)
);

-- A person's act has a name and a reason.
CREATE TABLE ${schema}.operator_action (
  id          uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  acted_at    timestamptz NOT NULL DEFAULT now(),
  os_user     text        NOT NULL,
  action      text        NOT NULL,
  function_id uuid,
  owner_id    uuid,
  reason      text        NOT NULL CHECK (reason <> ''),
  xact        xid8        NOT NULL DEFAULT pg_current_xact_id()
);

-- Guards -----------------------------------------------------------------------------------------

-- The conditions are evaluated by the server itself, so that a legal change costs no call.

CREATE FUNCTION ${schema}.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'lastly: ' || TG_ARGV[0];
END $$;

CREATE TRIGGER function_changes_legally BEFORE UPDATE ON ${schema}.deferred_function
FOR EACH ROW WHEN (NOT (NEW.state = OLD.state OR CASE OLD.state
  WHEN 'deferred' THEN NEW.state IN ('running', 'retry_wait', 'cancelled', 'quarantined')
  WHEN 'running' THEN NEW.state IN ('done', 'unconfirmed', 'retry_wait', 'quarantined')
  WHEN 'retry_wait' THEN NEW.state IN ('running', 'quarantined')
  WHEN 'unconfirmed' THEN NEW.state = 'retry_wait'
  WHEN 'quarantined' THEN NEW.state IN ('retry_wait', 'discarded')
  ELSE false END))
EXECUTE FUNCTION ${schema}.refuse('illegal change of state of a deferred function; a finished one never changes, a quarantined one is retried or discarded by an operator');

CREATE TRIGGER function_call_is_fixed BEFORE UPDATE ON ${schema}.deferred_function
FOR EACH ROW WHEN (NEW.id <> OLD.id OR NEW.job_id <> OLD.job_id OR NEW.function <> OLD.function
  OR NEW.arguments <> OLD.arguments OR NEW.options IS DISTINCT FROM OLD.options OR NEW.registered_at <> OLD.registered_at)
EXECUTE FUNCTION ${schema}.refuse('what a function calls never changes; defer another one, and cancel this one');

CREATE TRIGGER function_is_never_lost BEFORE DELETE ON ${schema}.deferred_function
FOR EACH ROW WHEN (OLD.state NOT IN ('done', 'cancelled', 'discarded'))
EXECUTE FUNCTION ${schema}.refuse('a function that is not finished for good is never deleted');

-- P2 in the database itself: no row leaves an owner that has not ended, but on the way back.
CREATE FUNCTION ${schema}.require_claim() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.claim_no <> OLD.claim_no + 1 OR NOT EXISTS (
    SELECT 1 FROM ${schema}.claim c JOIN ${schema}.owner o ON o.id = OLD.owner_id
    WHERE c.job_id = OLD.job_id AND c.number = NEW.claim AND c.from_owner = OLD.owner_id AND c.to_owner = NEW.owner_id
      AND (o.ended_at IS NOT NULL OR c.verdict = 'RELEASED')) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation',
      MESSAGE = 'lastly: a function changes its owner only by a claim';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER function_changes_owner_by_claim BEFORE UPDATE ON ${schema}.deferred_function
FOR EACH ROW WHEN (NEW.owner_id <> OLD.owner_id OR NEW.claim_no <> OLD.claim_no)
EXECUTE FUNCTION ${schema}.require_claim();

CREATE TRIGGER owner_ends_once BEFORE UPDATE ON ${schema}.owner
FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL AND (NEW.ended_at IS DISTINCT FROM OLD.ended_at OR NEW.end_reason IS DISTINCT FROM OLD.end_reason))
EXECUTE FUNCTION ${schema}.refuse('an owner ends once and is never reopened');

CREATE TRIGGER node_ends_once BEFORE UPDATE ON ${schema}.node
FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL)
EXECUTE FUNCTION ${schema}.refuse('a node ends once and never lives again; it joins as another one');

-- Views: a stable contract -----------------------------------------------------------------------

CREATE VIEW ${schema}.function_attempt AS
SELECT function_id, number, owner_id, started_at, finished_at, outcome, error, quarantined FROM ${schema}.attempt
UNION ALL
SELECT id, attempts, owner_id, started_at, finished_at,
       CASE WHEN state = 'running' THEN NULL ELSE 'returned' END, NULL, false
FROM ${schema}.deferred_function WHERE started_at IS NOT NULL;

CREATE VIEW ${schema}.owner_timeline AS
SELECT o.id, n.host, n.machine_id, n.boot_id, o.node_id, o.local_id, o.pid, o.label, o.opened_at, o.ended_at,
       o.end_reason, o.ended_by, o.evidence, o.confirmed_at, o.confirmation
FROM ${schema}.owner o JOIN ${schema}.node n ON n.id = o.node_id;

CREATE VIEW ${schema}.unfinished_function AS
SELECT f.id, j.name AS job, f.name, f.arguments, f.state, f.attempts, f.max_attempts, f.not_before, f.last_error,
       f.registered_at, f.owner_id, n.host, o.end_reason AS owner_ended,
       (SELECT string_agg(u.reason, '; ') FROM ${schema}.unresolvable_function u
        WHERE u.function = f.function AND u.class_digest = coalesce(f.class_digest, '')
          AND u.function_id IN (f.id, '00000000-0000-0000-0000-000000000000')) AS unresolvable
FROM ${schema}.deferred_function f
LEFT JOIN ${schema}.job j ON j.id = f.job_id
LEFT JOIN ${schema}.owner o ON o.id = f.owner_id
LEFT JOIN ${schema}.node n ON n.id = o.node_id
WHERE f.finished_at IS NULL;

CREATE VIEW ${schema}.quarantined_function AS
SELECT f.id, j.name AS job, f.name, f.arguments, f.attempts, f.last_error, f.registered_at, f.finished_at
FROM ${schema}.deferred_function f LEFT JOIN ${schema}.job j ON j.id = f.job_id WHERE f.state = 'quarantined';

-- What was cleaned up for a node that was only presumed dead, and waits for the proof.
CREATE VIEW ${schema}.unconfirmed_function AS
SELECT f.id, j.name AS job, f.name, f.arguments, f.finished_at, f.presumed_owner, n.host, o.evidence
FROM ${schema}.deferred_function f
LEFT JOIN ${schema}.job j ON j.id = f.job_id
JOIN ${schema}.owner o ON o.id = f.presumed_owner JOIN ${schema}.node n ON n.id = o.node_id
WHERE f.state = 'unconfirmed';

-- What has happened, but begins of attempts. In commit order, without gaps, for a reader that asks for
-- xact >= its last horizon AND xact < pg_snapshot_xmin(pg_current_snapshot()), and keeps that as the next horizon.
CREATE VIEW ${schema}.change_event AS
SELECT registered_xact AS xact, registered_at AS at, 'registered' AS kind, id AS function_id, job_id, owner_id, NULL::text AS detail
FROM ${schema}.deferred_function
UNION ALL
SELECT finished_xact, finished_at, state, id, job_id, owner_id, last_error FROM ${schema}.deferred_function WHERE finished_xact IS NOT NULL
UNION ALL
SELECT ended_xact, finished_at, 'attempt ' || outcome, function_id, NULL, owner_id, error FROM ${schema}.attempt
UNION ALL
SELECT xact, claimed_at, 'claimed ' || verdict, NULL, job_id, to_owner, evidence FROM ${schema}.claim
UNION ALL
SELECT opened_xact, opened_at, 'owner opened', NULL, NULL, id, label FROM ${schema}.owner
UNION ALL
SELECT ended_xact, ended_at, 'owner ' || end_reason, NULL, NULL, id, evidence FROM ${schema}.owner WHERE ended_xact IS NOT NULL
UNION ALL
SELECT xact, acted_at, 'operator ' || action, function_id, NULL, owner_id, os_user || ': ' || reason FROM ${schema}.operator_action;
