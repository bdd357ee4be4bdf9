/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.nettyplus.leakdetector.junit.NettyLeakDetectorExtension;
import io.pipepost.smtp.mail.Disposition;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Nothing lost, nothing twice: what the client says of each message is compared with what the server holds, while
 * connections are cut, reset, stalled and refused. CONTRIBUTING.md tells how to run it for longer, and again.
 */
@ExtendWith(NettyLeakDetectorExtension.class)
class FaultLedgerTest {
    private static final double MOST_HEAP_GROWTH = 16;
    private static final double MOST_RESIDENT_GROWTH = 64;

    @TempDir
    Path folder;

    @Test
    void theLedgersAgree() throws Exception {
        LedgerRun.Plan plan = plan();
        LedgerRun run = new LedgerRun(plan, folder);
        run.run();
        String report = run.report();
        System.out.println(report);
        assertThat(run.differences()).as(report).isZero();
        assertThat(run.memory().heapGrowth()).as(report).isLessThan(MOST_HEAP_GROWTH);
        assertThat(run.memory().residentGrowth()).as(report).isLessThan(MOST_RESIDENT_GROWTH);
        if (plan.worlds() > 1) {
            assertThat(run.faults()).as(report).isPositive();
            assertThat(Disposition.values()).as(report).allMatch(each -> run.said(each) > 0);
        }
    }

    private static LedgerRun.Plan plan() {
        int perWorld = Integer.getInteger("ledger.perWorld", 120);
        int only = Integer.getInteger("ledger.world", -1);
        int worlds = Math.max(1, Integer.getInteger("ledger.messages", 16 * perWorld) / perWorld);
        return new LedgerRun.Plan(
                Long.getLong("ledger.seed", 1),
                Math.max(0, only),
                only < 0 ? worlds : 1,
                perWorld,
                Integer.getInteger("ledger.atOnce", 8),
                Duration.ofMinutes(Integer.getInteger("ledger.minutes", 0)),
                Boolean.getBoolean("ledger.verbose"),
                Boolean.getBoolean("ledger.trace"));
    }
}
