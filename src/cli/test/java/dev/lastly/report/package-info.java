/** The page and its server, in pieces, over HTTP, and in a real browser. */
@org.jspecify.annotations.NullMarked
package dev.lastly.report;
