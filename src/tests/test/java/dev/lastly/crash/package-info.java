/**
 * Crashes at every point of every scenario: a real child JVM on a real state directory is killed at
 * the n-th boundary, for every n; a fresh process recovers; a log outside the database is compared.
 */
@NullMarked
package dev.lastly.crash;

import org.jspecify.annotations.NullMarked;
