/** What tests share: real worker processes, a look into the database, actions with a trace. */
@NullMarked
package dev.lastly.support;

import org.jspecify.annotations.NullMarked;
