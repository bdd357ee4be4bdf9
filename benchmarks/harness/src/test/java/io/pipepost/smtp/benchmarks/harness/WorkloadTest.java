/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.harness;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkloadTest {
    @ParameterizedTest
    @ValueSource(ints = {512, 1_024, 1_025, 1_026, 10_240, 1_048_576})
    void aMessageHasTheSizeAskedFor(int octets) {
        String message = new String(Workload.parse(List.of("octets=" + octets)).message(), US_ASCII);

        assertThat(message).hasSize(octets).endsWith("\r\n").doesNotContain("\n.");
        assertThat(message.replace("\r\n", "")).doesNotContain("\r").doesNotContain("\n");
    }
}
