/** The documentation is held against the code and the database. */
@NullMarked
package dev.lastly.docs;

import org.jspecify.annotations.NullMarked;
