/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.border;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Instances are used on the event loop of their connection only; no field needs to be volatile. Those that know the loop say
 * so in their entry methods, {@code assert loop.inEventLoop()}; the others are parts of such, and reached through them
 * alone. A test finds what knows its loop and does not say so.
 */
@Documented
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.TYPE)
public @interface EventLoopConfined {}
