/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli.faults;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.pipepost.smtp.cli.Leaks;
import io.pipepost.smtp.mail.Disposition;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * Nothing lost, nothing twice: what the client says of each message is compared with what the server holds, while
 * connections are cut, reset, stalled and refused, and code that is not the client's throws. CONTRIBUTING.md tells how to run it for longer, and again.
 */
@Tag("exhaustive")
@ExtendWith(Leaks.class)
class FaultLedgerTest {
    private static final double MOST_HEAP_GROWTH = 16;
    private static final double MOST_RESIDENT_GROWTH = 64;

    @TempDir
    Path folder;

    /** What foreign code throws is of no interest here, and there is much of it. */
    private final Logger border = (Logger) LoggerFactory.getLogger("io.pipepost.smtp.client.border");

    @BeforeEach
    void silence() {
        border.setLevel(Level.OFF);
    }

    @AfterEach
    void unsilence() {
        border.setLevel(null);
    }

    @Test
    void theLedgersAgree() throws Exception {
        LedgerRun.Plan plan = LedgerRun.Plan.ofProperties(16);
        LedgerRun run = new LedgerRun(plan, folder);
        run.run();
        String report = run.report();
        System.out.println(report);
        assertThat(run.differences()).as(report).isZero();
        assertThat(run.memory().heapGrowth()).as(report).isLessThan(MOST_HEAP_GROWTH);
        assertThat(run.memory().residentGrowth()).as(report).isLessThan(MOST_RESIDENT_GROWTH);
        if (plan.worlds() > 1) {
            assertThat(run.faults()).as(report).isPositive();
            assertThat(run.foreignFaults()).as(report).isPositive();
            assertThat(Disposition.values()).as(report).allMatch(each -> run.said(each) > 0);
        }
    }
}
