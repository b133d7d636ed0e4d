/** The database as people and other programs use it: through SQL, without this library. */
@NullMarked
package dev.lastly.sql;

import org.jspecify.annotations.NullMarked;
