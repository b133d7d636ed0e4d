/**
 * Something to look at: one self-contained HTML page of what an {@link dev.lastly.Inspector} sees,
 * as a file or served on a loopback port. Nothing here changes anything.
 */
@NullMarked
package dev.lastly.report;

import org.jspecify.annotations.NullMarked;
