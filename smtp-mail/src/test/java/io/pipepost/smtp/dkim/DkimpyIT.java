/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.dkim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Another's verifier that knows Ed25519, too: dkimpy, which {@code servers/install.sh python3} installs. */
class DkimpyIT {
    /** Debian's own, whatever else is called so. */
    private static final String PYTHON = "/usr/bin/python3";

    private static final String REQUIRE = "PIPEPOST_REQUIRE_SERVERS";

    /** Says of each signature, the topmost first, whether it is good. */
    private static final String VERIFY = """
            import sys, dkim
            records = {b"test": sys.argv[2].encode(), b"brisbane": sys.argv[3].encode()}
            def lookup(name, timeout=5):
                return records[(name if isinstance(name, bytes) else name.encode()).split(b".")[0]]
            def verify(index):
                try:
                    return dkim.DKIM(open(sys.argv[1], "rb").read()).verify(index, dnsfunc=lookup)
                except dkim.ValidationError:
                    return False
            print(verify(0), verify(1))
            """;

    @TempDir
    Path directory;

    private record Outcome(int status, String output) {}

    private static Outcome run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return new Outcome(process.exitValue(), output.strip());
    }

    @BeforeAll
    static void skipWhereItIsMissing() throws Exception {
        boolean installed = Files.isExecutable(Path.of(PYTHON))
                && run(PYTHON, "-c", "import dkim, nacl.signing").status() == 0;
        if (!installed) {
            String reason = "dkimpy is not installed, run servers/install.sh python3";
            if (Boolean.getBoolean(REQUIRE) || Boolean.parseBoolean(System.getenv(REQUIRE))) {
                throw new AssertionError(REQUIRE + " is true, but " + reason);
            }
            System.err.println("SKIPPED: " + reason);
            Assumptions.abort(reason);
        }
    }

    private String verify(String signed) throws Exception {
        Path file = Files.write(directory.resolve("signed.eml"), signed.getBytes(StandardCharsets.ISO_8859_1));
        return run(PYTHON, "-c", VERIFY, file.toString(), Dkim.RSA_RECORD, Dkim.ED25519_RECORD)
                .output();
    }

    @Test
    void bothSignaturesAreGoodInEveryForm() throws Exception {
        for (Canonicalization header : Canonicalization.values()) {
            for (Canonicalization body : Canonicalization.values()) {
                DkimSigner signer = Dkim.signer()
                        .canonicalization(header, body)
                        .clock(Clock.systemUTC())
                        .expiry(Duration.ofHours(1))
                        .build();
                String message = Dkim.MESSAGE + " a \t b \r\n\r\n\tc\r\n \r\n\r\n";
                assertThat(verify(Dkim.sign(signer, message))).isEqualTo("True True");
            }
        }
    }

    @Test
    void identitiesAreRead() throws Exception {
        DkimSigner signer = DkimSigner.builder(
                        Dkim.rsa().withIdentity("joe@" + Dkim.DOMAIN),
                        Dkim.ed25519().withIdentity("@mail." + Dkim.DOMAIN))
                .build();
        assertThat(verify(Dkim.sign(signer, Dkim.MESSAGE))).isEqualTo("True True");
    }

    @Test
    void s29_whatIsAddedBreaksBoth() throws Exception {
        String signed = Dkim.sign(Dkim.signer().build(), Dkim.MESSAGE);
        assertThat(verify(signed)).isEqualTo("True True");
        for (String changed :
                List.of(signed + "More.\r\n", "Subject: other\r\n" + signed, "From: e@e.test\r\n" + signed)) {
            assertThat(verify(changed)).isEqualTo("False False");
        }
    }
}
