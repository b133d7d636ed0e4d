/**
 * Lastly's rows: the schema, and the statements on each table. The front for owners is {@link
 * dev.lastly.internal.store.Store}; the front for readers and operators, which are not owners, is
 * {@link dev.lastly.internal.store.Records}. {@code docs/schema.md} describes each column.
 *
 * <h2>One row, one write</h2>
 *
 * <p>A deferred function is one row. Registering, beginning and ending it each change that row
 * once, and usually write no other. The current or last attempt is in the function's own columns.
 * {@code AttemptTable} moves a failed attempt to the table {@code attempt}. Lists for readers are
 * views over these rows, such as the feed of events ({@code EventFeed}).
 *
 * <h2>Fences</h2>
 *
 * <p>Between reading a row and changing it, another process may have claimed or cancelled it. So
 * each change is fenced: the {@code WHERE} clause repeats the owner, {@code claim_no} and the
 * number of attempts that were read, and must match exactly one row. A batch of functions is one
 * statement; if it changes fewer rows than it should, the transaction is rolled back and repeated
 * one by one, which finds the rows that have changed.
 *
 * <h2>Claims</h2>
 *
 * <p>A claim ({@code ClaimTable}) is part of the transaction that begins the claimed functions: the
 * rows get their new owner, a higher {@code claim_no} and the begun attempt, and one row of {@code
 * claim} records the change. What a reaper has not begun is still an orphan. The transaction checks
 * that no other owner runs functions of the same job, which keeps the order within the job. {@code
 * UnresolvableTable} returns a claimed function that the claimer cannot run.
 *
 * <h2>Schema</h2>
 *
 * <p>{@code migrations/} is the only home of DDL. {@code Schema} checks the version before each
 * use; {@code Migration} runs Flyway under a lock of ours, only when a database is created or
 * migrated. {@code Pruning} removes finished rows in small transactions.
 */
@NullMarked
package dev.lastly.internal.store;

import org.jspecify.annotations.NullMarked;
