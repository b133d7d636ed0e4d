/**
 * What a fleet's rows say: functions, owners, nodes, and what came of an operator's act. {@link
 * dev.lastly.fleet.FleetInspector} reads them.
 */
@NullMarked
package dev.lastly.fleet.model;

import org.jspecify.annotations.NullMarked;
