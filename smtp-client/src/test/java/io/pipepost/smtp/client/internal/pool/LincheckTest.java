/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipepost.smtp.client.ChildJvm;
import io.pipepost.smtp.client.internal.relay.TrainDepthSpec;
import io.pipepost.smtp.client.internal.throttle.PermitQueueSpec;
import java.time.Duration;
import java.util.List;
import org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What threads may meet at once in the pool, and where sessions share what they know, in every order that Lincheck can think of. It instruments what it looks at,
 * and so gets a JVM of its own.
 */
@Tag("exhaustive")
class LincheckTest {
    private static final Duration LIMIT = Duration.ofMinutes(3);

    /** Looks at one class after the other; what it finds wrong with one of them ends it. */
    static final class Checker {
        private Checker() {}

        public static void main(String[] arguments) throws Exception {
            for (String spec : arguments) {
                new ModelCheckingOptions()
                        .iterations(10)
                        .invocationsPerIteration(50)
                        .threads(2)
                        .actorsBefore(3)
                        .actorsPerThread(2)
                        .actorsAfter(2)
                        .addGuarantee(ManagedStrategyGuaranteeKt.forClasses(PoolStateSpec.Words.class.getName())
                                .allMethods()
                                .ignore())
                        .minimizeFailedScenario(false)
                        // A busy machine is not a deadlock.
                        .invocationTimeout$lincheck(Duration.ofMinutes(1).toMillis())
                        .check(Class.forName(spec));
                System.out.println("sound " + spec);
            }
            System.exit(0);
        }
    }

    /** The last one lacks a lock: without it, the others would prove nothing. */
    @Test
    void looksAsIfOneWentAfterTheOther() {
        try (ChildJvm child = ChildJvm.start(
                Checker.class,
                List.of("-XX:+EnableDynamicAgentLoading", "-Xshare:auto", "-XX:TieredStopAtLevel=1"),
                PermitQueueSpec.class.getName(),
                PoolStateSpec.class.getName(),
                TrainDepthSpec.class.getName(),
                UnguardedQueueSpec.class.getName())) {
            child.await("sound " + PermitQueueSpec.class.getName(), LIMIT);
            child.await("sound " + PoolStateSpec.class.getName(), LIMIT);
            child.await("sound " + TrainDepthSpec.class.getName(), LIMIT);
            assertThatThrownBy(() -> child.awaitEnd(LIMIT)).isInstanceOf(AssertionError.class);
            assertThat(child.output()).contains("LincheckAssertionError").contains("poll()");
        }
    }
}
