/**
 * The durable path: one WAL-mode SQLite file, its connections, transactions and statements. Its
 * front is {@link dev.lastly.internal.store.Store}.
 */
@NullMarked
package dev.lastly.internal.store;

import org.jspecify.annotations.NullMarked;
