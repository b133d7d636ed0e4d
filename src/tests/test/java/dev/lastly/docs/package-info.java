/** Compares the documentation with the code and the database. */
@NullMarked
package dev.lastly.docs;

import org.jspecify.annotations.NullMarked;
