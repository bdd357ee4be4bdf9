/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The maximum age of a connection varies, so that those opened together do not all end together. */
class MaxAgeTest {
    @Test
    void upToATenthLess() {
        Duration maxAge = Duration.ofMinutes(30);
        Set<Long> ages = new HashSet<>();
        for (int i = 0; i < 1_000; i++) {
            ages.add(PooledSession.jittered(maxAge));
        }
        assertThat(ages).allMatch(age -> age > maxAge.toNanos() / 10 * 9 && age <= maxAge.toNanos());
        assertThat(ages).hasSizeGreaterThan(900);
    }
}
