/** The figures and the reports about them. */
@NullMarked
package dev.lastly.bench.report;

import org.jspecify.annotations.NullMarked;
