/**
 * What the engine asks of a store, and what crosses between them. A store implements three
 * interfaces: {@link dev.lastly.internal.spi.FunctionStore} keeps the functions of one owner and
 * hands out orphans, {@link dev.lastly.internal.spi.Liveness} tells which owners live, {@link
 * dev.lastly.internal.spi.Upkeep} looks after what the rows are kept in.
 *
 * <p>Ids, moments, versions and fences are opaque: the engine compares them with others of the same
 * store and gives them back. It never sees a row number, a lock byte or a transaction. The clock is
 * the store's.
 */
@NullMarked
package dev.lastly.internal.spi;

import org.jspecify.annotations.NullMarked;
