/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.border;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A field that is touched, or a method that is called, only by whoever holds this lock; Error Prone checks that. */
@Documented
@Retention(RetentionPolicy.CLASS)
@Target({ElementType.FIELD, ElementType.METHOD})
public @interface GuardedBy {
    /**
     * The lock.
     *
     * @return an expression, such as {@code this}
     */
    String value();
}
