/**
 * The store of a fleet: implements {@code internal.spi} on a database that many nodes share.
 *
 * <h2>Who lives</h2>
 *
 * <p>The node holds a lease, not the process. The node's other processes report a death: they see
 * the kernel lock of the process free ({@code LocalOwner}), at once and never early. A node that
 * joins under another boot proves the death of what ran under the boot before. Only a silent node
 * is {@code PRESUMED} dead: its {@code beats} stood still for {@code presumeAfter} while an
 * observer watched without a break ({@code Silence}), and its lease had run out by the database's
 * clock. Clean-up for it ends as {@code unconfirmed}, and is repeated when the death is proven.
 *
 * <h2>Statements</h2>
 *
 * <p>No statement depends on a session: they work behind a pooler in transaction mode, with a pool
 * of one. Each change is fenced by owner, {@code claim_no} and {@code attempts}, and its rows are
 * counted. Ids are made here, so a registration whose commit is in doubt is repeated with the same
 * id. Serialization failures are repeated after a random pause.
 */
@NullMarked
package dev.lastly.fleet.internal;

import org.jspecify.annotations.NullMarked;
