/**
 * Lastly in a Spring Boot application: properties, a manager that lives as long as the context, its
 * health, metrics and actuator endpoint. {@code docs/spring-boot.md} is the page for users.
 *
 * <p>Both starters compile these sources, each against its Boot.
 */
@NullMarked
package dev.lastly.spring;

import org.jspecify.annotations.NullMarked;
