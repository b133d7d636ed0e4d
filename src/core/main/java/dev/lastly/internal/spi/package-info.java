/**
 * The interface between the engine and a store, and the values that pass between them. A store
 * implements three interfaces: {@link dev.lastly.internal.spi.FunctionStore} keeps the functions of
 * one owner and gives out orphans, {@link dev.lastly.internal.spi.Liveness} tells which owners
 * live, {@link dev.lastly.internal.spi.Upkeep} maintains the storage.
 *
 * <p>Ids, moments, versions and fences are opaque: the engine compares them with others of the same
 * store and passes them back. It never sees a row number, a lock byte or a transaction. Each store
 * has its own clock.
 */
@NullMarked
package dev.lastly.internal.spi;

import org.jspecify.annotations.NullMarked;
