/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.junit.jupiter.api.Tag;

/** {@link TrainFuzzTest} with lots that a fuzzer draws (S-44); leaks are looked for there. */
@Tag("exhaustive")
class TrainLotsFuzzTest {
    @FuzzTest
    void everyReportIsTrue(byte[] lots) {
        new TrainFuzzTest.Run(new FuzzedRandom(lots)).play();
    }
}
