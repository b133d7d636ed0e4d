/**
 * Lastly's rows: the schema, and the statements on each table. Its front for owners is {@link
 * dev.lastly.internal.store.Store}, for those who are none {@link
 * dev.lastly.internal.store.Records}.
 */
@NullMarked
package dev.lastly.internal.store;

import org.jspecify.annotations.NullMarked;
