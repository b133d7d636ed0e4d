/**
 * The report: one self-contained HTML page with the data that an {@link dev.lastly.Inspector}
 * reads, as a file or served on a loopback port. This package changes no data.
 */
@NullMarked
package dev.lastly.report;

import org.jspecify.annotations.NullMarked;
