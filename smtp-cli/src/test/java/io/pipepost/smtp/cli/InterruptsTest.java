/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class InterruptsTest {
    private static final Duration NEVER = Duration.ofHours(1);
    private static final int INT = 2;
    private static final int TERM = 15;

    private final List<Integer> first = new ArrayList<>();
    private final CompletableFuture<Integer> end = new CompletableFuture<>();

    @Test
    void secondSignalEndsTheProgram() {
        Interrupts interrupts = new Interrupts(first::add, end::complete, NEVER);
        interrupts.onSignal(INT);
        assertThat(first).containsExactly(INT);
        assertThat(end).isNotDone();
        interrupts.onSignal(TERM);
        assertThat(first).containsExactly(INT);
        assertThat(end).isCompletedWithValue(128 + TERM);
    }

    /** Whatever keeps it from ending by itself. */
    @Test
    void timeEndsTheProgram() throws Exception {
        Interrupts interrupts = new Interrupts(first::add, end::complete, Duration.ofMillis(20));
        assertThat(end).isNotDone();
        interrupts.onSignal(TERM);
        interrupts.close();
        assertThat(end.get(20, TimeUnit.SECONDS)).isEqualTo(128 + TERM);
    }

    /** As from timeout, which signals the process and its group. */
    @Test
    void signalThatComesTwiceIsOne() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        Interrupts interrupts = new Interrupts(
                signal -> {
                    begun.countDown();
                    Interrupts.await(answer);
                },
                end::complete,
                NEVER);
        Thread handler = new Thread(() -> interrupts.onSignal(TERM));
        handler.start();
        begun.await();
        interrupts.onSignal(TERM);
        assertThat(end).isNotDone();
        answer.countDown();
        handler.join();
        interrupts.onSignal(TERM);
        assertThat(end).isCompletedWithValue(128 + TERM);
    }
}
