/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.SmtpObserver;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class TeeObserverTest {
    /** A default method that is not passed on is swallowed. */
    @Test
    void everythingIsPassedOn() {
        assertThat(Arrays.stream(SmtpObserver.class.getDeclaredMethods())
                        .filter(method -> !Modifier.isStatic(method.getModifiers()) && !method.isSynthetic())
                        .filter(method -> !isOverridden(method))
                        .map(Method::getName))
                .isEmpty();
    }

    private static boolean isOverridden(Method method) {
        try {
            return TeeObserver.class
                            .getMethod(method.getName(), method.getParameterTypes())
                            .getDeclaringClass()
                    == TeeObserver.class;
        } catch (NoSuchMethodException e) {
            return false;
        }
    }
}
