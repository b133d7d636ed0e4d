/** What commands show alike of a node and of a fleet, whatever the ids of rows are. */
@NullMarked
package dev.lastly.cli.view;

import org.jspecify.annotations.NullMarked;
